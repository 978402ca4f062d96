import { rfc3339 } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Recorder } from '../controllers/events.ts'
import type { Container, Pod } from '../kinds/types.ts'
import { type ContainerDeps, type PodContext, runContainer } from './container-run.ts'
import type { Running } from './process.ts'
import type { ContainerRun, PodRun } from './status.ts'

export interface PodDeps extends ContainerDeps {
  log: Logger
  /** For events by `kubelet`. */
  record: Recorder
  /** Makes known how far the pod has come. */
  publish(run: PodRun): void
}

/** A pod that runs. */
export interface PodProcess {
  /** Ends it: SIGTERM now, SIGKILL after `grace` milliseconds. A later call may shorten that. */
  stop(grace: number): void
  /** Resolves when nothing of it runs any more. Never rejects. */
  readonly done: Promise<void>
}

const newSlot = (name: string, image: string, reason: string): ContainerRun => ({
  name,
  image,
  state: { waiting: { reason } },
  lastState: {},
  restartCount: 0,
})

const initMessage = 'the sandbox does not run init containers; a Kubernetes cluster does'
const deadlineFailure = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
}

/** Starts a pod's containers at once, and keeps them as its restart policy says. */
export function startPod(pod: Pod, deps: PodDeps): PodProcess {
  const { clock, log, record, node } = deps
  const { containers, initContainers = [], activeDeadlineSeconds, terminationGracePeriodSeconds = 30 } = pod.spec
  const waiting = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating'
  const slots = containers.map(({ name, image = '' }) => newSlot(name, image, waiting))
  const stopping = new AbortController()
  const over = new AbortController()
  const processes = new Map<Running, string>()
  let grace = Number.POSITIVE_INFINITY
  const run: PodRun = {
    containers: slots,
    startTime: rfc3339(clock.now()),
    address: node.address,
    prepared: false,
    over: false,
  }

  const publish = (): void => deps.publish(run)

  const stop = (milliseconds: number): void => {
    if (over.signal.aborted || milliseconds >= grace) return
    const first = !stopping.signal.aborted
    grace = milliseconds
    stopping.abort()
    for (const [process, name] of processes) {
      const fieldPath = `spec.containers{${name}}`
      if (first)
        record({ about: pod, type: 'Normal', reason: 'Killing', message: `Stopping container ${name}`, fieldPath })
      process.stop(milliseconds)
    }
  }

  const contextOf = (name: string): PodContext => ({
    pod,
    stopping: stopping.signal,
    started: process => {
      processes.set(process, name)
      if (stopping.signal.aborted) process.stop(grace)
    },
    ended: process => void processes.delete(process),
    publish,
    tell: occurrence => record({ about: pod, ...occurrence }),
  })

  const limitTime = async (seconds: number): Promise<void> => {
    try {
      await clock.sleep(seconds * 1000, over.signal)
    } catch {
      return // It ended before.
    }
    run.failure = deadlineFailure
    record({ about: pod, type: 'Normal', ...deadlineFailure })
    stop(terminationGracePeriodSeconds * 1000)
  }

  /** A fault of ours ends the pod, rather than leaving the rest of it behind. */
  const runOne = async (container: Container, slot: ContainerRun | undefined): Promise<void> => {
    if (slot === undefined) return
    try {
      await runContainer(container, slot, { context: contextOf(container.name), deps })
    } catch (error) {
      log.error({ err: error, pod: pod.metadata.name }, 'a container could not be run')
      run.failure = { reason: 'SandboxError', message: 'the sandbox failed to run this pod; its log says more' }
      stop(0)
    }
  }

  const runAll = async (): Promise<void> => {
    publish()
    if (initContainers.length > 0) {
      run.failure = { reason: 'SandboxLimitation', message: initMessage }
      record({ about: pod, type: 'Warning', reason: 'Failed', message: `Error: ${initMessage}` })
      return
    }
    run.prepared = true
    if (activeDeadlineSeconds !== undefined) void limitTime(activeDeadlineSeconds)
    await Promise.all(containers.map((container, i) => runOne(container, slots[i])))
  }

  const done = runAll().then(() => {
    over.abort()
    run.over = true
    publish()
  })

  return { stop, done }
}
