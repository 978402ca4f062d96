import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Pod } from '../kinds/types.ts'
import type { LogRequest, PodLogs } from '../pod-logs.ts'
import { badRequest } from '../status.ts'
import { createLogFile, type LogFile } from './log-file.ts'
import { nanoTime } from './log-format.ts'

type ContainerStatus = NonNullable<Pod['status']['containerStatuses']>[number]

/** The logs of all containers, each run's under the id that its container status carries. */
export interface ContainerLogs extends PodLogs {
  /** Begins the log of a new run; that of the run before last is removed. */
  open(run: { pod: string; container: string; id: string }): LogFile
  /** Removes all logs of a pod, by its uid. Those who read are not disturbed. */
  remove(pod: string): void
}

interface Run {
  pod: string
  container: string
  directory: string
  file: LogFile
}

export function createContainerLogs(
  directory: string,
  deps: { clock: Clock; log: Logger; maxBytes?: number | undefined },
): ContainerLogs {
  const runs = new Map<string, Run>()

  const drop = (id: string, { file, directory }: Run): void => {
    runs.delete(id)
    file.close()
    rmSync(directory, { recursive: true, force: true })
  }

  return {
    open: ({ pod, container, id }) => {
      const before = [...runs].filter(([, run]) => run.pod === pod && run.container === container)
      for (const [oldId, run] of before.slice(0, -1)) drop(oldId, run)
      const folder = join(directory, pod, id.replace(/^.*\//, ''))
      const file = createLogFile(folder, deps)
      runs.set(id, { pod, container, directory: folder, file })
      return file
    },
    remove: pod => {
      for (const [id, run] of [...runs]) if (run.pod === pod) drop(id, run)
      rmSync(join(directory, pod), { recursive: true, force: true })
    },
    read: async function* (pod, container, request) {
      // A pod that no node has taken yet has an empty log, not none.
      if (!pod.spec.nodeName) return
      const id = runToRead(pod, container, request.previous)
      const file = runs.get(id)?.file
      if (file === undefined) return
      // Something comes at once, however long the container is silent: that there is a log.
      yield new Uint8Array()
      yield* file.read({
        follow: request.follow,
        tailLines: request.tailLines,
        limitBytes: request.limitBytes,
        timestamps: request.timestamps,
        since: sinceOf(request, deps.clock.now()),
        signal: request.signal,
      })
    },
  }
}

/** Of sinceTime only whole seconds count: the API server passes no more on to the node. */
function sinceOf({ sinceTime, sinceSeconds }: LogRequest, now: number): string | undefined {
  if (sinceTime !== undefined) return nanoTime(Math.floor(Date.parse(sinceTime) / 1000) * 1000)
  return sinceSeconds === undefined ? undefined : nanoTime(now - sinceSeconds * 1000)
}

const pulling: Record<string, string> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
}

/**
 * The id of the run whose log is meant, by the rules of a kubelet.
 * @throws StatusError 400 when there has been none.
 */
export function runToRead(pod: Pod, container: string, previous: boolean): string {
  const named = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`
  const status = pod.status.containerStatuses?.find(one => one.name === container)
  if (status === undefined) throw badRequest(`${named} is not available`)
  const last = status.lastState?.terminated?.containerID
  if (previous) {
    if (last === undefined) throw badRequest(`previous terminated ${named} not found`)
    return last
  }
  const id = presentRun(status) ?? last
  if (id !== undefined) return id
  const reason = status.state?.waiting?.reason ?? ''
  throw badRequest(`${named} is waiting to start: ${pulling[reason] ?? reason}`)
}

const presentRun = ({ state, containerID }: ContainerStatus): string | undefined =>
  state?.running === undefined ? state?.terminated?.containerID : containerID
