import { printable } from '../platform/printable.ts'
import { said } from './pod-status.ts'
import { parseQuantity } from './quantities.ts'
import { type Cause, finding } from './status-cause.ts'

/** What the cluster refuses to make. An event and a condition carry nothing but the words of that refusal. */

/** Of one resource: what was asked for, what is in use and what there may be. */
export interface Exceeded {
  readonly resource: string
  readonly requested: string
  readonly used: string
  readonly limited: string
}

const amounts = (text: string): Map<string, string> =>
  new Map(
    text.split(',').flatMap(part => {
      const [name, value] = part.split('=', 2)
      return name === undefined || value === undefined ? [] : [[name.trim(), value.trim()] as const]
    }),
  )

/** The part of a quota's refusal between two of its words, such as `pods=1,limits.cpu=2`. */
const part = (message: string, from: string): Map<string, string> =>
  amounts(new RegExp(`${from}: (.*?)(?:, (?:used|limited): |$)`).exec(message)?.[1] ?? '')

/** What there is too little of, as the quota's refusal says it. */
export function exceededBy(message: string): Exceeded[] {
  const [requested, used, limited] = ['requested', 'used', 'limited'].map(word => part(message, word))
  return [...(requested ?? [])].map(([resource, amount]) => ({
    resource,
    requested: amount,
    used: used?.get(resource) ?? '',
    limited: limited?.get(resource) ?? '',
  }))
}

/** Whether what was asked for is more than there is in all, so that waiting does not help. */
const neverFits = ({ requested, limited }: Exceeded): boolean => {
  const [asked, most] = [parseQuantity(requested), parseQuantity(limited)]
  return asked !== undefined && most !== undefined && asked > most
}

const countNames = new Map([
  ['count/jobs.batch', 'jobs'],
  ['count/cronjobs.batch', 'scheduled jobs'],
  ['count/deployments.apps', 'continuous jobs'],
])

/** As people call it: `limits.cpu` and `requests.cpu` are both cpu. */
const resourceName = (resource: string): string | undefined => {
  const name = countNames.get(resource) ?? resource.replace(/^(limits|requests)\./, '')
  return /^[a-z][a-z ./-]{0,60}$/.test(name) ? name : undefined
}

/** What a quota says no to, for a sentence: `cpu, memory`. */
export function shortOf(exceeded: readonly Exceeded[]): string {
  const names = new Set(exceeded.map(({ resource }) => resourceName(resource)).filter(name => name !== undefined))
  return names.size === 0 ? 'this kind of job' : [...names].join(', ')
}

const without = (message: string): string =>
  message.replace(/^\(combined from similar events\): /, '').replace(/^Error creating(?: job)?: /, '')

/** Why the cluster would not make a pod or a run, from the words of its refusal. */
export function refusalCause(message: string): Cause {
  const words = without(message)
  return quotaCause(words) ?? limitCause(words) ?? otherCause(words)
}

function quotaCause(words: string): Cause | undefined {
  if (!words.includes('exceeded quota')) return undefined
  const exceeded = exceededBy(words)
  const never = exceeded.filter(neverFits)
  const says = `Unable to start, out of quota for ${shortOf(exceeded)}`
  const findings = exceeded.map(({ resource, requested, used, limited }) => ({
    object: 'quota',
    says: `${printable(resource)}: asked for ${printable(requested)}, in use ${printable(used)}, limit ${printable(limited)}`,
  }))
  return {
    code: 'quota_exceeded',
    says,
    todo: quotaAdvice(never),
    findings,
  }
}

function quotaAdvice(never: readonly Exceeded[]): string {
  if (never.some(({ limited }) => parseQuantity(limited) === 0n))
    return 'the quota allows none at all; ask the administrators'
  if (never.length === 0) return 'it starts by itself when other jobs have ended'
  return `it asks for more ${shortOf(never)} than the quota holds in all, so ask for less`
}

function limitCause(words: string): Cause | undefined {
  if (!/\b(maximum|minimum) [\w./-]+ usage per \w+ is|limit to request ratio per \w+ is/.test(words)) return undefined
  return {
    code: 'limit_range',
    says: `Unable to start: it asks for more or less than a single job may have (${said(words)})`,
    todo: 'give it other amounts of memory and cpu',
    findings: [finding('limitrange', said(words))],
  }
}

function otherCause(words: string): Cause {
  const findings = [finding('admission', said(words))]
  if (/failed calling webhook|timed out|timeout|connection refused|Internal error/i.test(words))
    return {
      code: 'cluster_trouble',
      says: `Unable to start, since the cluster is in trouble (${said(words)})`,
      todo: 'it is tried again; if it lasts, tell the administrators',
      findings,
    }
  if (/is forbidden|denied the request|denied request|violates /i.test(words))
    return {
      code: 'admission_denied',
      says: `Unable to start, since the cluster refuses it: ${said(words)}`,
      todo: 'delete the job and run it with other settings',
      findings,
    }
  return {
    code: 'config_error',
    says: `Unable to start: ${said(words)}`,
    todo: 'delete the job and run it with other settings',
    findings,
  }
}
