import { isRefusal } from '../../contract/errors.ts'
import { endOf, nameOf, type Observed, uidOf } from '../../jobs/observed.ts'
import { podLogFacts } from '../../jobs/pod-log.ts'
import { isEnded } from '../../jobs/pod-status.ts'
import type { KubePod, Workload } from '../../jobs/wire.ts'
import type { LogOptions } from '../../kube/cluster.ts'
import type { Followed, FollowSource } from './log-follow-pod.ts'
import type { LogPod, LogSource } from './log-pages.ts'
import { observeJobs } from './observing.ts'
import { type Place, uidOf as uidOfObject } from './workloads.ts'

/** A job whose logs are asked for, and its way into the cluster. */
export interface Asked {
  readonly workload: Workload
  readonly name: string
  readonly place: Place
}

/** Only a one-off ends; others go on until they are deleted. */
export const isOver = ({ kind, object }: Workload): boolean => kind === 'jobs' && endOf(object) !== undefined

/** The job as it is now with its pods; undefined when it is gone, or another has its name. */
async function look({ workload, name, place }: Asked): Promise<Observed | undefined> {
  const all = await observeJobs(place, name)
  return all.find(one => uidOfObject(one.workload).uid === uidOfObject(workload).uid)
}

/** Pods that no container has begun in have no log. */
function logPods(pods: readonly KubePod[] = []): LogPod[] {
  return pods.flatMap(pod => {
    const facts = podLogFacts(pod)
    return facts === undefined ? [] : [{ ...facts, name: nameOf(pod), uid: uidOf(pod), hasEnded: isEnded(pod) }]
  })
}

/** The end of a run is noted in whole seconds. */
const second = 1000

/** What a pod's container wrote, the run before the present one first where the cluster still has it and it is asked for. */
async function* readPod({ place: { cluster } }: Asked, pod: LogPod, part: Partial<LogOptions>): AsyncGenerator<string> {
  const { follow, ...rest } = { container: pod.container, timestamps: true, ...part }
  const since = part.sinceTime === undefined ? Number.NEGATIVE_INFINITY : Date.parse(part.sinceTime)
  if ((pod.previousUntil ?? Number.NEGATIVE_INFINITY) + second > since)
    yield* orNothing(cluster.podLog(pod.name, { ...rest, previous: true }))
  yield* cluster.podLog(pod.name, follow === true ? { ...rest, follow } : rest)
}

/** What was removed in the meantime has no lines. */
async function* orNothing(lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* lines
  } catch (error) {
    if (!isRefusal(error, 'not_found')) throw error
  }
}

/** The logs of a job's pods, as they are now. */
export async function sourceOf(asked: Asked): Promise<LogSource> {
  const { signal } = asked.place
  const pods = logPods((await look(asked))?.pods)
  return { pods, read: (pod, part) => orNothing(readPod(asked, pod, { ...part, signal })) }
}

/** A job's pods and their logs, as they come. */
export function followSource(asked: Asked): FollowSource {
  return {
    async look(): Promise<Followed> {
      const now = await look(asked)
      return { pods: logPods(now?.pods), hasEnded: now === undefined || isOver(now.workload) }
    },
    read: (pod, part) => readPod(asked, pod, part),
  }
}
