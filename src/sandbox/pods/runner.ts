import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Recorder } from '../controllers/events.ts'
import type { Kind } from '../kind.ts'
import type { Pod } from '../kinds/types.ts'
import type { PodLogs } from '../pod-logs.ts'
import type { Change, Store } from '../store.ts'
import { createBrief } from './brief.ts'
import type { Node } from './container.ts'
import { createImages, type SandboxImage } from './images.ts'
import { createContainerLogs } from './logs.ts'
import { type PodProcess, startPod } from './pod-run.ts'
import { hasProc } from './proc.ts'
import { createProcesses } from './process.ts'
import { podStatus } from './status.ts'

export const nodeName = 'sandbox'

/** Where programs are found; Node's own folder last, since it need not be in any of the usual ones. */
export const defaultPath = [
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  dirname(process.execPath),
].join(':')

/** Milliseconds that pods are given when everything stops, and those after which no more is waited for. */
const stopGrace = 2000
const stopLimit = 5000

export interface RunnerConfig {
  /** Whether pods run as processes, or are only accepted. */
  pods: 'processes' | 'none'
  /** A folder of its own: what lies there from before is removed. */
  directory: string
  images: readonly SandboxImage[]
  path?: string | undefined
}

export interface RunnerDeps {
  store: Store
  pods: Kind<Pod>
  /** For events by `default-scheduler` and by `kubelet`. */
  record: { scheduler: Recorder; kubelet: Recorder }
  clock: Clock
  /** By which the processes of this machine are waited for; absent: the same. */
  machine?: Clock
  log: Logger
}

export interface PodRunner {
  readonly logs: PodLogs
  start(): void
  /** Ends every process of every pod. Pods stay in the store as they were last. */
  stop(): Promise<void>
  /** Kills every process at once: for the last moment of our own process. */
  killAll(): void
  /** Resolves when what has just begun, or is just ending, is over or has turned out to last. */
  rest(): Promise<void>
}

const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed'

/** Scheduler and node in one: every pod of the store runs here, as processes of this machine. */
export function createPodRunner(config: RunnerConfig, deps: RunnerDeps): PodRunner {
  const { store, pods, record, clock, machine = clock, log } = deps
  const path = config.path ?? defaultPath
  const node: Node = { name: nodeName, address: '127.0.0.1', path, uid: process.getuid?.() }
  const logDirectory = join(config.directory, 'logs')
  const pipeDirectory = join(config.directory, 'pipes')
  const processes = createProcesses({ clock, machine, log, directory: pipeDirectory })
  const brief = createBrief({ machine })
  const logs = createContainerLogs(logDirectory, { clock, log })
  const images = createImages(config.images, path)
  const running = new Map<string, PodProcess>()
  let unsubscribe: (() => void) | undefined

  /** Writes as long as it is still the same pod. */
  const update = (pod: Pod, change: (now: Pod) => Pod, subresource: 'status' | 'binding'): void => {
    const now = store.get(pods, pod.metadata)
    if (now === undefined || now.metadata.uid !== pod.metadata.uid) return
    const { resourceVersion: _, ...metadata } = now.metadata
    try {
      store.update(pods, { ...change(now), metadata }, { subresource })
    } catch (error) {
      log.error({ err: error, pod: pod.metadata.name }, 'the state of a pod could not be written')
    }
  }

  const schedule = (pod: Pod): void => {
    update(pod, now => ({ ...now, spec: { ...now.spec, nodeName } }), 'binding')
    const { namespace, name } = pod.metadata
    const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`
    record.scheduler({ about: pod, type: 'Normal', reason: 'Scheduled', message })
  }

  /** Takes the pod out of the store, now that nothing of it runs. */
  const removeEnded = (pod: Pod): void => {
    const now = store.get(pods, pod.metadata)
    if (now?.metadata.uid !== pod.metadata.uid || now.metadata.deletionTimestamp === undefined) return
    store.remove(pods, pod.metadata, { gracePeriodSeconds: 0, uid: pod.metadata.uid })
  }

  const run = (pod: Pod): void => {
    const { uid } = pod.metadata
    const started = startPod(pod, {
      clock,
      machine,
      log,
      brief,
      processes,
      logs,
      images,
      node,
      record: record.kubelet,
      publish: state => update(pod, now => ({ ...now, status: podStatus(now, state, clock.now()) }), 'status'),
    })
    running.set(uid, started)
    brief.watch(started.done)
    started.done.then(
      () => {
        running.delete(uid)
        removeEnded(pod)
        if (store.get(pods, pod.metadata)?.metadata.uid !== uid) logs.remove(uid)
      },
      error => log.error({ err: error, pod: pod.metadata.name }, 'the end of a pod could not be handled'),
    )
  }

  const stop = (process: PodProcess, grace: number): void => {
    process.stop(grace)
    brief.watch(process.done)
  }

  const end = (pod: Pod): void => {
    const { uid, deletionGracePeriodSeconds = 0 } = pod.metadata
    const process = running.get(uid)
    if (process === undefined) removeEnded(pod)
    else stop(process, deletionGracePeriodSeconds * 1000)
  }

  const gone = (uid: string): void => {
    const process = running.get(uid)
    if (process === undefined) logs.remove(uid)
    else stop(process, 0)
  }

  /** Says at once what pods will not find here. */
  const warn = (): void => {
    if (!hasProc()) {
      log.warn('this system has no /proc: memory limits are not kept, and processes that leave their group live on')
    }
    for (const { image } of config.images) {
      const missing = images.missing(image) ?? []
      if (missing.length > 0) log.warn({ image, missing }, 'this machine lacks what an image promises')
    }
  }

  const mayRun = (pod: Pod): boolean =>
    config.pods === 'processes' && pod.spec.nodeName === nodeName && !running.has(pod.metadata.uid) && !isOver(pod)

  const look = ({ type, object: pod }: Pick<Change<Pod>, 'type' | 'object'>): void => {
    if (type === 'DELETED') gone(pod.metadata.uid)
    else if (pod.metadata.deletionTimestamp !== undefined) end(pod)
    else if (!pod.spec.nodeName) schedule(pod)
    else if (mayRun(pod)) run(pod)
  }

  return {
    logs,
    start: () => {
      rmSync(logDirectory, { recursive: true, force: true })
      for (const directory of [logDirectory, pipeDirectory]) mkdirSync(directory, { recursive: true, mode: 0o700 })
      if (config.pods === 'processes') warn()
      unsubscribe = store.subscribe(pods, look)
      for (const object of store.list(pods).items) look({ type: 'ADDED', object })
    },
    stop: async () => {
      unsubscribe?.()
      const all = [...running.values()]
      for (const process of all) process.stop(stopGrace)
      const waited = new AbortController()
      const ended = Promise.all(all.map(({ done }) => done)).then(() => true)
      const late = machine.sleep(stopLimit, waited.signal).then(
        () => false,
        () => true,
      )
      if (!(await Promise.race([ended, late]))) log.error('pods did not end in time; they are killed')
      waited.abort()
      processes.killAll()
      rmSync(pipeDirectory, { recursive: true, force: true })
    },
    killAll: processes.killAll,
    rest: brief.rest,
  }
}
