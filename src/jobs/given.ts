import { DomainError } from '../contract/errors.ts'
import type { emailsChoices, JobAsSent, mountChoices } from '../contract/schemas.ts'
import { printable } from '../platform/printable.ts'
import type { JobType } from './labels.ts'
import { parseQuantity, quantity } from './quantities.ts'

export type Emails = (typeof emailsChoices)[number]
export type Mount = (typeof mountChoices)[number]

/** What the user set, and nothing else: what `dump` gives back. */
export interface GivenJob {
  readonly job_type: JobType
  readonly name: string
  readonly cmd: string
  readonly imagename: string
  readonly memory?: string
  readonly cpu?: string
  readonly emails?: Emails
  readonly mount?: Mount
  readonly retry?: number
  readonly filelog?: boolean
  readonly filelog_stdout?: string
  readonly filelog_stderr?: string
}

/** A flag as clients write it: JSON's or Python's. */
export const asFlag = (flag: boolean | string): boolean => flag === true || flag === 'true' || flag === 'True'

/** Without the fields that were not set; older clients write those as null. */
export function setFields<T extends object>(fields: T): { [Field in keyof T]?: NonNullable<T[Field]> } {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  // Only absent values were taken out.
  return Object.fromEntries(set) as { [Field in keyof T]?: NonNullable<T[Field]> }
}

/**
 * The job that a request asks for, in one form whatever the client.
 * @throws DomainError bad_request with one line for each rule that it breaks.
 */
export function parseGiven(sent: JobAsSent): GivenJob {
  const { retry, filelog, memory, cpu } = sent
  const given: GivenJob = {
    job_type: 'one-off',
    name: sent.name,
    cmd: sent.cmd,
    imagename: sent.imagename,
    ...setFields({
      memory: memory?.trim(),
      cpu: cpu?.trim(),
      emails: sent.emails,
      mount: sent.mount,
      retry: retry === undefined || retry === null ? undefined : Number(retry),
      filelog: filelog === undefined || filelog === null ? undefined : asFlag(filelog),
      filelog_stdout: sent.filelog_stdout,
      filelog_stderr: sent.filelog_stderr,
    }),
  }
  const problems = rules.flatMap(rule => rule(given) ?? [])
  if (problems.length > 0) throw new DomainError('bad_request', problems.join('\n'))
  return given
}

/** The kernel takes 128 KiB in one argument of a program. */
const commandBytes = 120 * 1024

const rules: readonly ((job: GivenJob) => string | undefined)[] = [
  ({ cmd }) => (cmd.trim() === '' ? 'cmd: must name a program to run, and it is blank' : undefined),
  ({ cmd }) =>
    new TextEncoder().encode(cmd).length > commandBytes
      ? `cmd: is longer than ${commandBytes} bytes; put it into a script and run that`
      : undefined,
  ({ memory }) => amountProblem('memory', memory, { least: '1Mi', most: '1Ei', such: '512Mi or 1Gi' }),
  ({ cpu }) => amountProblem('cpu', cpu, { least: '1m', most: '1k', such: '500m or 1.5' }),
  ({ filelog, mount }) =>
    filelog === true && mount === 'none' ? 'filelog: is only available with mount "all"' : undefined,
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
