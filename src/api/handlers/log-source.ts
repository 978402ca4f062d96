import { DomainError } from '../../contract/errors.ts'
import { containerName, selectorOf } from '../../jobs/labels.ts'
import { endOf, podsOf } from '../../jobs/observed.ts'
import { hasLog, isEnded } from '../../jobs/pod-status.ts'
import type { KubeJob } from '../../jobs/wire.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Followed, FollowSource } from './log-follow.ts'
import type { LogPod, LogSource, PodLogPart } from './log-pages.ts'

/** A job whose logs are asked for, and its way into the cluster. */
export interface Asked {
  readonly job: KubeJob
  readonly name: string
  readonly tool: string
  readonly cluster: ToolCluster
  readonly signal: AbortSignal
}

/** The job and its pods, the job first: when it has ended, its last pod is among those read after it. */
async function look({ cluster, tool, name, signal }: Omit<Asked, 'job'>, uid: string | undefined) {
  const now = await cluster.get('jobs', name, { signal })
  const labels = selectorOf(tool, 'one-off', name)
  const { items } = await cluster.list('pods', { labels, signal })
  const job = now?.metadata?.uid === uid ? now : undefined
  return { job, pods: podsOf({ metadata: uid === undefined ? {} : { uid } }, items).filter(hasLog) }
}

const logPod = ({ metadata }: { metadata?: { name?: string; uid?: string } }): LogPod => ({
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
})

/** The logs of a job's pods, as they are now. */
export async function sourceOf(asked: Asked): Promise<LogSource> {
  const { pods } = await look(asked, asked.job.metadata?.uid)
  return { pods: pods.map(logPod), read: (pod, part) => readPod(asked, pod, part) }
}

/** A pod that was removed in the meantime has no lines. */
async function* readPod({ cluster, signal }: Asked, pod: LogPod, part: PodLogPart): AsyncGenerator<string> {
  try {
    yield* cluster.podLog(pod.name, { container: containerName, timestamps: true, signal, ...part })
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'not_found')) throw error
  }
}

/** A job's pods and their logs, as they come. */
export function followSource(asked: Asked): FollowSource {
  const { cluster, signal } = asked
  return {
    async look(): Promise<Followed> {
      const { job, pods } = await look(asked, asked.job.metadata?.uid)
      return {
        pods: pods.map(pod => ({ ...logPod(pod), hasEnded: isEnded(pod) })),
        hasEnded: job === undefined || endOf(job) !== undefined,
      }
    },
    follow: (pod, part) =>
      cluster.podLog(pod.name, { container: containerName, timestamps: true, follow: true, signal, ...part }),
  }
}
