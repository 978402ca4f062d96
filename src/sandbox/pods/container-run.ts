import { randomBytes } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import { rfc3339 } from '../../platform/clock.ts'
import { messageOf } from '../../platform/message-of.ts'
import type { Occurrence } from '../controllers/events.ts'
import type { Container, Pod } from '../kinds/types.ts'
import type { Brief } from './brief.ts'
import { differences, type Node, programOf, type Waiting } from './container.ts'
import type { Images } from './images.ts'
import type { ContainerLogs } from './logs.ts'
import { healthAtStart, startProbes } from './probe.ts'
import type { Processes, Program, Running } from './process.ts'
import { createRestartBackoff, goDuration, isRestarted } from './restarts.ts'
import type { ContainerRun } from './status.ts'

/** Milliseconds that output may still come after everything has ended. */
const lastWords = 2000
const firstPull = 10_000
const longestPull = 300_000

export interface ContainerDeps {
  clock: Clock
  /** By which the last output is waited for; absent: the same. */
  machine?: Clock
  /** Told of each run of the program. */
  brief?: Pick<Brief, 'watch'>
  processes: Processes
  logs: ContainerLogs
  images: Images
  node: Node
}

/** What a container's run needs of its pod. */
export interface PodContext {
  pod: Pod
  /** Aborted when the pod is to end. */
  stopping: AbortSignal
  started(process: Running): void
  ended(process: Running): void
  publish(): void
  tell(occurrence: Omit<Occurrence, 'about'>): void
}

/** Runs one container until it has ended for good, or the pod is to end. `slot` is what the world is told of it. */
export async function runContainer(
  container: Container,
  slot: ContainerRun,
  { context, deps }: { context: PodContext; deps: ContainerDeps },
): Promise<void> {
  const { clock, images, node } = deps
  const { pod, stopping } = context
  const name = container.name
  const image = container.image ?? ''

  const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    context.tell({ type, reason, message, fieldPath: `spec.containers{${name}}` })

  const wait = (waiting: Waiting): void => {
    slot.state = { waiting }
    context.publish()
  }

  /** @returns whether the time has passed; else the pod is to end. */
  const pause = async (milliseconds: number): Promise<boolean> => {
    try {
      await clock.sleep(milliseconds, stopping)
      return true
    } catch {
      return false
    }
  }

  const pullInVain = async (): Promise<void> => {
    const quoted = JSON.stringify(image)
    const message = `failed to pull and unpack image ${quoted}: the sandbox stands for no image of this name`
    for (let delay = firstPull; ; delay = Math.min(longestPull, delay * 2)) {
      tell('Normal', 'Pulling', `Pulling image ${quoted}`)
      tell('Warning', 'Failed', `Failed to pull image ${quoted}: ${message}`)
      tell('Warning', 'Failed', 'Error: ErrImagePull')
      wait({ reason: 'ErrImagePull', message })
      if (!(await pause(1000))) return
      tell('Normal', 'BackOff', `Back-off pulling image ${quoted}`)
      tell('Warning', 'Failed', 'Error: ImagePullBackOff')
      wait({ reason: 'ImagePullBackOff', message: `Back-off pulling image ${quoted}: ErrImagePull: ${message}` })
      if (!(await pause(delay))) return
    }
  }

  const start = async (program: Program, containerID: string): Promise<Running | undefined> => {
    try {
      return await deps.processes.start(program)
    } catch (error) {
      const message = messageOf(error)
      tell('Warning', 'Failed', `Error: ${message}`)
      const finishedAt = rfc3339(clock.now())
      slot.state = {
        terminated: { exitCode: 128, reason: 'StartError', message, startedAt: rfc3339(0), finishedAt, containerID },
      }
      return undefined
    }
  }

  /** Its end for not being well; whether it is started again is for others to say. */
  const kill = (process: Running, type: string, grace: number | undefined): void => {
    tell('Normal', 'Killing', killText(pod, name, type))
    process.stop(grace ?? (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000)
  }

  const lookAfter = (process: Running, program: Program) =>
    startProbes(
      { container, program, address: node.address },
      {
        clock,
        machine: deps.machine ?? clock,
        brief: deps.brief,
        processes: deps.processes,
        stopping,
        changed: health => {
          Object.assign(slot, health)
          context.publish()
        },
        kill: (type, grace) => kill(process, type, grace),
        tell: ({ type, reason, message }) => tell(type, reason, message),
      },
    )

  const runToEnd = async (
    process: Running,
    program: Program,
    log: ReturnType<ContainerLogs['open']>,
  ): Promise<void> => {
    const startedAt = rfc3339(clock.now())
    Object.assign(slot, { state: { running: { startedAt } }, ...healthAtStart({ container }) })
    const recorded = log.record(process)
    context.started(process)
    context.publish()
    tell('Normal', 'Started', 'Container started')
    const probes = lookAfter(process, program)
    const { exitCode, outOfMemory } = await process.ended
    context.ended(process)
    await probes.stop()
    await outputEnd(recorded, process, deps.machine ?? clock)
    const reason = outOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error'
    const finishedAt = rfc3339(clock.now())
    const { containerID = '' } = slot
    slot.state = { terminated: { exitCode, reason, startedAt, finishedAt, containerID } }
  }

  const runOnce = async (program: Program): Promise<void> => {
    const message = `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`
    tell('Normal', 'Pulled', message)
    tell('Normal', 'Created', 'Container created')
    slot.containerID = `process://${randomBytes(32).toString('hex')}`
    const log = deps.logs.open({ pod: pod.metadata.uid, container: name, id: slot.containerID })
    const process = await start(program, slot.containerID)
    if (process !== undefined) await runToEnd(process, program, log)
    log.close()
  }

  /** Waits before the next run, and says so. @returns whether there is to be one. */
  const backOff = async (delay: number): Promise<boolean> => {
    const { state } = slot
    slot.lastState = state
    if (delay === 0) return !stopping.aborted
    const { namespace, name: podName, uid } = pod.metadata
    const id = `${podName}_${namespace}(${uid})`
    tell('Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${id}`)
    const message = `back-off ${goDuration(delay)} restarting failed container=${name} pod=${id}`
    wait({ reason: 'CrashLoopBackOff', message })
    const passed = await pause(delay)
    slot.state = state
    return passed
  }

  const runAgainAndAgain = async (program: Program): Promise<void> => {
    const backoff = createRestartBackoff()
    while (!stopping.aborted) {
      const begun = clock.now()
      const once = runOnce(program)
      deps.brief?.watch(once)
      await once
      context.publish()
      const exitCode = slot.state.terminated?.exitCode ?? 0
      if (stopping.aborted || !isRestarted(pod.spec.restartPolicy, exitCode)) return
      if (!(await backOff(backoff.next(clock.now() - begun)))) return
      slot.restartCount += 1
    }
  }

  const missing = images.missing(image)
  if (missing === undefined) return pullInVain()
  const odds = [
    ...missing.map(program => `this machine has no ${program}, which the image ${image} promises`),
    ...differences(container, pod, node),
  ]
  if (odds.length > 0) tell('Warning', 'SandboxLimitation', `Not as on a cluster: ${odds.join('; ')}`)
  const found = programOf(container, pod, node)
  if ('program' in found) return runAgainAndAgain(found.program)
  tell('Warning', 'Failed', `Error: ${found.waiting.message}`)
  wait(found.waiting)
  await aborted(stopping)
}

/** Where nothing is left to run it is the pod that is stopped, says a kubelet. */
function killText({ spec }: Pod, name: string, type: string): string {
  const failed = `Container ${name} failed ${type} probe`
  if (spec.restartPolicy !== 'Never') return `${failed}, will be restarted`
  return spec.containers.length === 1 ? `Stopping container ${name}` : failed
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Waits for the end of the output; not for long, should something that we cannot kill hold it open. */
async function outputEnd(recorded: Promise<void>, { stdout, stderr }: Running, clock: Clock): Promise<void> {
  const over = new AbortController()
  clock.sleep(lastWords, over.signal).then(
    () => {
      stdout.destroy()
      stderr.destroy()
    },
    () => {
      // It ended by itself.
    },
  )
  await recorded
  over.abort()
}
