import { limits } from '../contract/limits.ts'
import { printable } from '../platform/printable.ts'
import type { GivenJob } from './given.ts'
import { parseQuantity, quantity } from './quantities.ts'
import { scheduleProblem, timezoneProblem } from './schedule.ts'

/** What is wrong with a job by itself, whatever its image: one sentence for each rule that it breaks. */
export const problemsOf = (job: GivenJob): string[] => rules.flatMap(rule => rule(job) ?? [])

type Rule = (job: GivenJob) => string | undefined

/** The kernel takes 128 KiB in one argument of a program. */
const commandBytes = 120 * 1024

const rules: readonly Rule[] = [
  ({ cmd, job_type }) =>
    cmd === undefined && job_type !== 'webservice' ? 'cmd: is missing; say what to run' : undefined,
  ({ cmd }) => (cmd?.trim() === '' ? 'cmd: must name a program to run, and it is blank' : undefined),
  ({ cmd }) =>
    cmd !== undefined && new TextEncoder().encode(cmd).length > commandBytes
      ? `cmd: is longer than ${commandBytes} bytes; put it into a script and run that`
      : undefined,
  ({ cmd }) => (cmd?.includes('\0') ? 'cmd: must not hold a NUL character; no program can be given one' : undefined),
  ({ memory }) => amountProblem('memory', memory, { least: '1Mi', most: '1Ei', such: '512Mi or 1Gi' }),
  ({ cpu }) => amountProblem('cpu', cpu, { least: '1m', most: '1k', such: '500m or 1.5' }),
  ({ retry }) => rangeProblem('retry', retry, [0, limits.retry]),
  ({ timeout }) => rangeProblem('timeout', timeout, [0, limits.timeout]),
  ({ replicas }) => rangeProblem('replicas', replicas, [0, limits.replicas]),
  ({ port }) => rangeProblem('port', port, [1, 65_535]),
  ({ filelog, mount }) =>
    filelog === true && mount === 'none' ? 'filelog: is only available with mount "all"' : undefined,
  ({ schedule }) => (schedule === undefined ? undefined : scheduleProblem(schedule)),
  ({ timezone }) => (timezone === undefined ? undefined : timezoneProblem(timezone)),
  serviceNameProblem,
  protocolProblem,
  healthCheckProblem,
  publishProblem,
]

function amountProblem(
  field: string,
  text: string | undefined,
  { least, most, such }: { least: string; most: string; such: string },
): string | undefined {
  if (text === undefined) return undefined
  const value = parseQuantity(text)
  const shown = printable(text, 40)
  if (value === undefined) return `${field}: '${shown}' is not an amount; write one such as ${such}`
  if (value >= quantity(least) && value <= quantity(most)) return undefined
  return `${field}: '${shown}' is not between ${least} and ${most}; write one such as ${such}`
}

function rangeProblem(
  field: string,
  value: number | undefined,
  [least, most]: readonly [number, number],
): string | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return undefined
  return `${field}: must be a whole number between ${least} and ${most}`
}

const serviceName = /^[a-z]([-a-z0-9]*[a-z0-9])?$/

/** What has a port is reached under its name, and such names are shorter of form (RFC 1035). */
function serviceNameProblem({ name, job_type, port }: GivenJob): string | undefined {
  if ((port === undefined && job_type !== 'webservice') || serviceName.test(name)) return undefined
  return `name: '${printable(name)}' cannot be the name of a job with a port; begin with a letter, and use letters, digits and hyphens only`
}

function protocolProblem({ job_type, port, port_protocol }: GivenJob): string | undefined {
  if (job_type === 'webservice')
    return port_protocol === 'udp' ? 'port_protocol: a web service is reached by tcp; leave it out' : undefined
  return port_protocol !== undefined && port === undefined ? 'port_protocol: means nothing without a port' : undefined
}

function healthCheckProblem({ job_type, health_check: check, port, port_protocol }: GivenJob): string | undefined {
  if (check === undefined) return undefined
  const text = check.type === 'http' ? check.path : check.script
  if (text.trim() === '')
    return `health_check: must name a ${check.type === 'http' ? 'path' : 'command'}, and it is blank`
  if (text.includes('\0')) return 'health_check: must not hold a NUL character'
  if (check.type === 'script') return undefined
  if (port === undefined && job_type !== 'webservice') return 'health_check: an http check needs a port; give one'
  return port_protocol === 'udp' ? 'health_check: an http check needs a tcp port' : undefined
}

function publishProblem({ job_type, publish, port, port_protocol }: GivenJob): string | undefined {
  if (publish === undefined || job_type === 'webservice') return undefined
  if (port === undefined) return 'publish: needs a port; give one'
  return port_protocol === 'udp' ? 'publish: needs a tcp port' : undefined
}
