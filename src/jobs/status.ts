import type { JobStatus } from '../contract/schemas.ts'
import { durationText } from './duration.ts'
import { endOf, type Observed, timeOf } from './observed.ts'
import { failureText, isEnded, podState, said } from './pod-status.ts'
import type { KubePod } from './wire.ts'

/** A job's state, for clients of today and for those before 16.2.2. */
export interface ShownStatus {
  readonly status: JobStatus
  readonly status_short: string
  readonly status_long: string
}

interface Verdict {
  readonly short: JobStatus['short']
  /** In the words of the older clients: they wait for `Completed` or `Failed`. */
  readonly old: string
  readonly messages: readonly string[]
  /** Since when it is so, RFC 3339. */
  readonly since?: string | undefined
}

/** The state of a one-off job at the time `now`, milliseconds since 1970. */
export function statusOf(observed: Observed, { now, upToDate }: { now: number; upToDate: boolean }): ShownStatus {
  const { short, old, messages, since } = verdictOf(observed)
  const began = since === undefined ? Number.NaN : Date.parse(since)
  const all = upToDate ? [...messages] : [...messages, outOfDate]
  const status = { short, messages: all, up_to_date: upToDate }
  const headline = since === undefined || Number.isNaN(began) ? old : `${old} since ${since}`
  return {
    status: Number.isNaN(began) ? status : { ...status, duration: durationText(now - began) },
    status_short: old,
    status_long: [headline, ...all].join('. '),
  }
}

const outOfDate = 'What runs differs from what was asked for; delete the job and run it again'

function verdictOf(observed: Observed): Verdict {
  const { job, pods } = observed
  const end = endOf(job)
  if (end?.succeeded === true)
    return {
      short: 'succeeded',
      old: 'Completed',
      messages: triedBefore(observed),
      since: job.status?.completionTime ?? end.at,
    }
  if (end !== undefined) return { short: 'failed', old: 'Failed', messages: [endText(observed, end)], since: end.at }
  const since = job.metadata?.creationTimestamp
  if (job.spec?.suspend === true)
    return {
      short: 'pending',
      old: 'Suspended',
      messages: ['It is suspended, and goes on when that is taken back'],
      since,
    }
  const current = pods.findLast(pod => !isEnded(pod) && pod.metadata?.deletionTimestamp === undefined)
  if (current !== undefined) return ofPod(current, observed)
  if (pods.at(-1)?.status?.phase === 'Succeeded' || failedCount(observed) > retries(observed))
    return { short: 'running', old: 'Running', messages: ['It is just ending'], since }
  return { short: 'pending', ...withoutPod(observed), since }
}

const retries = ({ job }: Observed): number => job.spec?.backoffLimit ?? 0

const failed = ({ pods }: Observed): readonly KubePod[] => pods.filter(({ status }) => status?.phase === 'Failed')

const failedCount = (observed: Observed): number => Math.max(observed.job.status?.failed ?? 0, failed(observed).length)

/** Which attempt this is, and why the one before failed. */
function triedBefore(observed: Observed): string[] {
  const count = failedCount(observed)
  if (count === 0) return []
  const last = failed(observed).at(-1)
  const why = last === undefined ? '' : `; the one before: ${failureText(last)}`
  return [`Attempt ${Math.min(count, retries(observed)) + 1} of ${retries(observed) + 1}${why}`]
}

function endText(observed: Observed, end: { reason: string; message: string }): string {
  const last = failed(observed).at(-1)
  if (end.reason === 'DeadlineExceeded')
    return `It took longer than its time limit of ${durationText((observed.job.spec?.activeDeadlineSeconds ?? 0) * 1000)}`
  if (last === undefined) return end.message === '' ? 'The cluster does not say why' : said(end.message)
  const count = failedCount(observed)
  return count > 1 ? `${failureText(last)} (after ${count} attempts)` : failureText(last)
}

function ofPod(pod: KubePod, observed: Observed): Verdict {
  const { state, message, since } = podState(pod, observed.events)
  const messages = [...(message === undefined ? [] : [message]), ...triedBefore(observed)]
  switch (state) {
    case 'waiting':
      return { short: 'pending', old: 'Pending', messages, since }
    case 'running':
      return { short: 'running', old: 'Running', messages, since }
    case 'ended':
      return { short: 'running', old: 'Running', messages: ['It is just ending', ...messages], since }
    case 'lost':
      return { short: 'unknown', old: 'Unknown', messages, since }
  }
}

/** Why there is no pod: the cluster refuses it, or has not come to it. */
function withoutPod(observed: Observed): { old: string; messages: string[] } {
  // What was refused before the last pod came says nothing about now.
  const last = observed.pods.at(-1)?.metadata?.creationTimestamp ?? ''
  const refused = observed.events.find(
    event => event.reason === 'FailedCreate' && event.involvedObject.kind === 'Job' && timeOf(event) >= last,
  )
  const tried = triedBefore(observed)
  if (refused === undefined) return { old: 'Pending', messages: tried.length > 0 ? tried : ['It is about to start'] }
  const message = (refused.message ?? '').replace(/^Error creating: /, '')
  const short = exceeded(message)
  if (short === undefined)
    return {
      old: 'Pending',
      messages: [`Unable to start: ${said(message)}; delete the job and run it with other settings`, ...tried],
    }
  const old = `Unable to start, out of quota for ${short}`
  return { old, messages: [`${old}; it starts by itself when other jobs have ended`, ...tried] }
}

/** What there is too little of, as the cluster's words tell; undefined when they are not about quota. */
function exceeded(message: string): string | undefined {
  if (!message.includes('exceeded quota')) return undefined
  const asked = /requested: (\S+?),? used: /.exec(message)?.[1] ?? ''
  const names = asked.split(',').map(part => part.replace(/=.*$/, '').replace(/^(limits|requests)\./, ''))
  const known = [...new Set(names)].filter(name => /^[a-z./-]+$/.test(name))
  return known.length === 0 ? 'this kind of job' : known.join(', ')
}
