import { momentOf } from './lenient.ts'
import type { PodFacts } from './pod-status.ts'
import { type Cause, finding } from './status-cause.ts'
import { crashCause, failedCheckOf, lastEndOf, unhealthy } from './status-crash.ts'
import { endByCluster } from './status-end.ts'
import { isAbout, waitingCause } from './status-waiting.ts'
import type { KubeEvent } from './wire.ts'

/** What a live pod does now. */
export interface PodVerdict {
  readonly state: 'waiting' | 'crashing' | 'unready' | 'running' | 'ending' | 'lost'
  readonly cause: Cause
  /** Since when, RFC 3339. */
  readonly since: string
}

interface Look {
  readonly events: readonly KubeEvent[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether it shall run on, and be ready for others; the pods of runs need not. */
  readonly isContinuous: boolean
}

type PodRule = (pod: PodFacts, look: Look) => PodVerdict | undefined

/** The first that holds. */
const rules: readonly PodRule[] = [
  function lost(pod, { events }) {
    const isLost =
      pod.phase === 'Unknown' || pod.reason === 'NodeLost' || pod.cutOffSince !== undefined || wasLeft(pod, events)
    if (!isLost) return undefined
    const since = pod.cutOffSince || pod.made
    const cause: Cause = {
      code: 'node_lost',
      says: 'The node that runs it does not answer',
      todo: 'wait: the cluster starts it elsewhere when the node does not come back',
      findings: [finding(`pod/${pod.name}`, 'its node does not answer', since)],
    }
    return { state: 'lost', cause, since }
  },
  function disrupted(pod) {
    const cause = pod.disruption && endByCluster(pod)
    return cause && { state: 'ending', cause, since: pod.made }
  },
  function crashing(pod, look) {
    const waits = pod.waiting?.reason === 'CrashLoopBackOff' || isStartedAgain(pod, look)
    const cause = waits ? crashCause(pod, look.events) : undefined
    return cause && { state: 'crashing', cause, since: lastEndOf(pod)?.finishedAt ?? pod.made }
  },
  function ending({ name, end }) {
    if (end === undefined) return undefined
    const cause: Cause = {
      code: 'running_well',
      says: 'It is just ending',
      findings: [finding(`pod/${name}`, 'its process has ended', end.finishedAt)],
    }
    return { state: 'ending', cause, since: end.startedAt }
  },
  function waiting(pod, { events }) {
    if (pod.runningSince !== undefined) return undefined
    return { state: 'waiting', cause: waitingCause(pod, events), since: pod.made }
  },
  function flapping(pod, look) {
    const end = momentOf(pod.lastEnd?.finishedAt)
    const isFresh = end !== undefined && look.now - end < steadyAfter
    const cause = isFresh && pod.restarts >= manyRestarts ? crashCause(pod, look.events) : undefined
    return (
      cause && {
        state: pod.isReady || !look.isContinuous ? 'running' : 'crashing',
        cause,
        since: pod.runningSince ?? pod.made,
      }
    )
  },
  function unready(pod, { events, isContinuous }) {
    if (pod.isReady || !isContinuous) return undefined
    const since = pod.runningSince ?? pod.made
    const check = failedCheckOf(pod, events)
    const isNow = check !== undefined && check.at >= (momentOf(pod.runningSince) ?? 0)
    return { state: 'unready', cause: isNow ? unhealthy(pod, check) : notReadyYet(pod), since }
  },
  function failingCheck(pod, { events, now }) {
    const check = failedCheckOf(pod, events)
    // What is ready has passed the others meanwhile.
    if (check === undefined || passing.has(check.probe) || now - check.at > checkIsNews) return undefined
    return { state: 'running', cause: unhealthy(pod, check), since: pod.runningSince ?? pod.made }
  },
]

/** Milliseconds after which the node counts a process as steady, and forgets how often it ended before. */
const steadyAfter = 600_000
const manyRestarts = 2
/** Milliseconds. */
const checkIsNews = 60_000
/** Checks that fail until a pod is ready, and then no more. */
const passing: ReadonlySet<string> = new Set(['Startup', 'Readiness'])

/** Whether the node starts the ended process of a pod again. */
function isStartedAgain({ end, restartPolicy }: PodFacts, { isContinuous }: Look): boolean {
  if (end === undefined) return false
  return restartPolicy === 'OnFailure' ? end.code !== 0 : isContinuous
}

/** Whether its node has gone silent, as far as events tell. */
const wasLeft = (pod: PodFacts, events: readonly KubeEvent[]): boolean =>
  !pod.isReady && events.some(event => event.reason === 'NodeNotReady' && isAbout(pod, event))

const notReadyYet = ({ name, runningSince }: PodFacts): Cause => ({
  code: 'starting',
  says: 'It has started, and has not passed its health check yet',
  findings: [finding(`pod/${name}`, 'runs, and is not ready yet', runningSince)],
})

export function podVerdict(pod: PodFacts, look: Look): PodVerdict {
  for (const rule of rules) {
    const verdict = rule(pod, look)
    if (verdict !== undefined) return verdict
  }
  const cause: Cause = {
    code: 'running_well',
    says: 'It runs',
    findings: [finding(`pod/${pod.name}`, 'runs', pod.runningSince)],
  }
  return { state: 'running', cause, since: pod.runningSince ?? pod.made }
}
