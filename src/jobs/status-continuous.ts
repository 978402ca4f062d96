import { countOf, itemsOf, momentOf, textOf } from './lenient.ts'
import { madeAt, momentOfEvent, nameOf } from './observed.ts'
import { isLivePod, type PodFacts, podFacts, said } from './pod-status.ts'
import { type Cause, finding, seenBy, sentence, type Verdict } from './status-cause.ts'
import { crashCause } from './status-crash.ts'
import { type PodVerdict, podVerdict } from './status-pod.ts'
import { refusalCause } from './status-refusal.ts'
import { isRefusal } from './status-run.ts'
import type { KubeDeployment, KubeEvent, KubePod } from './wire.ts'

interface Seen {
  readonly pod: PodFacts
  readonly verdict: PodVerdict
}

interface Facts {
  readonly deployment: KubeDeployment
  readonly events: readonly KubeEvent[]
  readonly now: number
  /** For findings, such as `deployment/web`. */
  readonly object: string
  readonly made: string
  /** How many copies there shall be. */
  readonly wanted: number
  readonly live: readonly Seen[]
  /** Those of the version that was asked for last. */
  readonly current: readonly Seen[]
  /** How many copies serve, of whatever version. */
  readonly ready: number
  readonly currentReady: number
  /** Whether the cluster has carried out the last change. */
  readonly isSettled: boolean
}

const isServing = ({ pod }: Seen): boolean => pod.isReady

/** What a continuous job or a web service does, and why. */
export function continuousVerdict(
  deployment: KubeDeployment,
  { pods, events, now }: { pods: readonly KubePod[]; events: readonly KubeEvent[]; now: number },
): Verdict {
  const look = factsOf(deployment, { pods, events, now })
  for (const rule of rules) {
    const verdict = rule(look)
    if (verdict !== undefined)
      return { ...verdict, cause: seenBy(verdict.cause, finding(look.object, copies(look), look.made)) }
  }
  return { short: 'pending', old: 'Pending', cause: notStarted(look), notes: [], since: look.made }
}

function factsOf(
  deployment: KubeDeployment,
  { pods, events, now }: { pods: readonly KubePod[]; events: readonly KubeEvent[]; now: number },
): Facts {
  const { metadata, spec, status } = deployment
  const live = pods
    .map(podFacts)
    .filter(isLivePod)
    .map(pod => ({ pod, verdict: podVerdict(pod, { events, now, isContinuous: true }) }))
  const hash = live.at(-1)?.pod.hash
  const isObserved = countOf(status?.observedGeneration) >= countOf(metadata?.generation)
  const wanted = spec?.replicas === undefined || spec.replicas === null ? 1 : countOf(spec.replicas)
  const updated = countOf(status?.updatedReplicas)
  const current = updated === 0 && isObserved && wanted > 0 ? [] : live.filter(({ pod }) => pod.hash === hash)
  return {
    deployment,
    events,
    now,
    object: `deployment/${nameOf(deployment)}`,
    made: madeAt(deployment),
    wanted,
    live,
    current,
    ready: live.filter(isServing).length,
    currentReady: current.filter(isServing).length,
    isSettled: isObserved && updated >= Math.min(wanted, countOf(status?.replicas)),
  }
}

const copies = ({ ready, wanted }: Facts): string => `${ready} of ${wanted} ${wanted === 1 ? 'copy' : 'copies'} ready`

type Rule = (look: Facts) => Verdict | undefined

/** The first that holds. */
const rules: readonly Rule[] = [
  function deleted({ deployment }) {
    const since = textOf(deployment.metadata?.deletionTimestamp)
    if (since === '') return undefined
    return {
      short: 'pending',
      old: 'Deleting',
      cause: { code: 'being_deleted', says: 'It is being deleted' },
      notes: [],
      since,
    }
  },
  function stopped({ wanted, live, made }) {
    if (wanted > 0) return undefined
    const says = live.length === 0 ? 'It is stopped, with 0 replicas' : 'It is being stopped, with 0 replicas'
    const cause: Cause = { code: 'stopped', says, todo: 'to start it, give it 1 replica or more' }
    return { short: 'pending', old: 'Stopped', cause, notes: [], since: made }
  },
  function paused({ deployment, live, made }) {
    if (deployment.spec?.paused !== true || live.length > 0) return undefined
    const cause: Cause = { code: 'suspended', says: 'Its rollout is paused, and goes on when that is taken back' }
    return { short: 'pending', old: 'Suspended', cause, notes: [], since: made }
  },
  function serving(look) {
    if (look.ready === 0) return undefined
    const trouble = troubleOf(look)
    const since = look.live.find(isServing)?.verdict.since
    const cause = trouble === undefined ? wellOrRolling(look) : partial(look, trouble)
    return { short: 'running', old: 'Running', cause, notes: notesOf(look, cause), since }
  },
  function troubled(look) {
    const trouble = troubleOf(look)
    if (trouble === undefined) return undefined
    const { cause, since, state } = trouble
    if (state === 'lost') return { short: 'unknown', old: 'Unknown', cause, notes: [], since }
    if (isGivenUp(look) || isCrashLoop(look)) return { short: 'failed', old: 'Failed', cause, notes: [], since }
    return { short: 'pending', old: cause.code === 'quota_exceeded' ? cause.says : 'Pending', cause, notes: [], since }
  },
  function starting(look) {
    const { live, made } = look
    if (isGivenUp(look)) return { short: 'failed', old: 'Failed', cause: tooSlow(look), notes: [], since: made }
    const newest = live.at(-1)?.verdict
    if (newest === undefined) return undefined
    return { short: 'pending', old: 'Pending', cause: newest.cause, notes: [], since: newest.since }
  },
]

const calm = new Set(['starting', 'running_well'])

/** What keeps a copy from serving: of the version asked for first, and what lasts longest before what changes. */
function troubleOf(look: Facts): { cause: Cause; state: PodVerdict['state'] | 'refused'; since: string } | undefined {
  const refused = refusalOf(look)
  const candidates = look.current.length > 0 ? look.current : look.live
  const bad = candidates.map(({ verdict }) => verdict).find(({ cause }) => !calm.has(cause.code))
  if (bad !== undefined) return bad
  return refused === undefined ? undefined : { cause: refused, state: 'refused', since: look.made }
}

const conditionOf = ({ deployment }: Facts, wanted: string) =>
  itemsOf(deployment.status?.conditions).find(({ type }) => type === wanted)

/** Why the cluster makes no more copies, if that is so now. */
function refusalOf(look: Facts): Cause | undefined {
  const { events, live, wanted, object } = look
  const condition = conditionOf(look, 'ReplicaFailure')
  const seen = finding(object, 'the cluster refuses to make its pods', textOf(condition?.lastTransitionTime))
  if (condition?.status === 'True' && textOf(condition.message) !== '')
    return seenBy(refusalCause(textOf(condition.message)), seen)
  if (live.length >= wanted) return undefined
  // What was refused before the last pod came says nothing about now.
  const last = momentOf(live.at(-1)?.pod.made) ?? 0
  const event = events.find(one => isRefusal(one) && momentOfEvent(one) > last)
  return event && seenBy(refusalCause(textOf(event.message)), seen)
}

/** Whether the cluster no longer expects that the last change gets done. */
const isGivenUp = (look: Facts): boolean => {
  const { status, reason } = conditionOf(look, 'Progressing') ?? {}
  return status === 'False' && reason === 'ProgressDeadlineExceeded'
}

const isCrashLoop = ({ live }: Facts): boolean =>
  live.some(({ verdict, pod }) => verdict.state === 'crashing' && pod.restarts > 0)

function tooSlow(look: Facts): Cause {
  const seconds = countOf(look.deployment.spec?.progressDeadlineSeconds) || 600
  return {
    code: 'start_failed',
    says: `It was not ready within ${seconds} seconds, and nothing says why`,
    todo: 'its logs may say why',
    findings: [
      finding(
        look.object,
        said(conditionOf(look, 'Progressing')?.message),
        textOf(conditionOf(look, 'Progressing')?.lastTransitionTime),
      ),
    ],
  }
}

/** Whether copies of the version before still serve for those of the last one. */
const isRolling = ({ ready, currentReady, wanted, isSettled }: Facts): boolean =>
  !isSettled || (currentReady < wanted && ready > currentReady)

/** Part of the copies serve. */
function partial(look: Facts, { cause, state }: { cause: Cause; state: string }): Cause {
  if (state === 'running') return cause
  if (isRolling(look) && look.currentReady === 0)
    return { ...cause, says: `The last change does not start, and the version before goes on running: ${cause.says}` }
  return { ...cause, says: `${look.ready} of ${look.wanted} copies run; of the others: ${cause.says}` }
}

function wellOrRolling(look: Facts): Cause {
  const { live, wanted, ready, currentReady, deployment } = look
  const findings = live.find(isServing)?.verdict.cause.findings ?? []
  if (deployment.spec?.paused === true && isRolling(look))
    return { code: 'suspended', says: 'It runs as before its last change, since its rollout is paused', findings }
  if (isGivenUp(look)) return tooSlow(look)
  if (isRolling(look))
    return {
      code: 'rolling_out',
      says: `Its last change is being carried out: ${currentReady} of ${wanted} copies so far; the version before goes on running until then`,
      findings,
    }
  if (ready < wanted)
    return { code: 'rolling_out', says: `${ready} of ${wanted} copies run; the others are being started`, findings }
  return { code: 'running_well', says: wanted === 1 ? 'It runs' : `All ${wanted} copies run`, findings }
}

/** Milliseconds for which the end of a process before is worth telling. */
const longAgo = 86_400_000

/** How the copies that run well now ended before. */
function notesOf({ live, events, now }: Facts, { code }: Cause): string[] {
  if (code !== 'running_well' && code !== 'rolling_out') return []
  const before = live
    .filter(isServing)
    .map(({ pod }) => pod)
    .find(pod => pod.restarts > 0 && now - (momentOf(pod.lastEnd?.finishedAt) ?? 0) < longAgo)
  const cause = before && crashCause(before, events)
  return cause === undefined ? [] : [`It was started again, and runs now; before: ${sentence(cause)}`]
}

function notStarted({ made, object }: Facts): Cause {
  return { code: 'starting', says: 'It is about to start', findings: [finding(object, 'has no pod yet', made)] }
}
