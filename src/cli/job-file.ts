import { InvalidArgumentError, type Option } from 'commander'
import { jobTypes, limits } from '../contract/limits.ts'
import type { JobAsSent } from '../contract/schemas.ts'
import { CliError } from './failure.ts'
import { jobFrom } from './job-from.ts'
import { exclusive, type JobOptions, jobOptions } from './job-options.ts'
import { visible } from './text.ts'
import { type Entry, type Field, type Fields, type Written, yamlMaps } from './yaml-maps.ts'

/** A job of a file, as it is sent. */
export interface FileJob {
  readonly line: number
  readonly job: JobAsSent
  /** Seconds for which its end is waited for; undefined where it is not. */
  readonly wait: number | undefined
}

/** Names of the wire that mean the same as an option of `run`. */
const wireNames: Readonly<Record<string, string>> = {
  cmd: 'command',
  imagename: 'image',
  memory: 'mem',
  filelog_stdout: 'filelog-stdout',
  filelog_stderr: 'filelog-stderr',
}

const problemsShown = 10

/**
 * The jobs of a YAML file: a list of mappings, whose keys are the long options of `run` (or the names of the wire).
 * @throws CliError naming every entry that is wrong, with its line and what is wrong
 */
export function readJobFile(text: string, file: string): FileJob[] {
  const entries = yamlMaps(text, file)
  if (entries.length > limits.planJobs)
    throw new CliError(`${file}: holds ${entries.length} jobs, ${limits.planJobs} at most can be loaded at once`)
  const problems: string[] = []
  const jobs = entries.flatMap((entry, index) => {
    const read = readEntry(entry)
    const name = read.name === undefined ? `entry ${index + 1}` : `job ${visible(read.name).slice(0, 60)}`
    problems.push(...read.problems.map(({ line, says }) => `${file}, line ${line}, ${name}: ${says}`))
    return read.job === undefined ? [] : [read.job]
  })
  problems.push(...duplicates(jobs, file))
  if (problems.length === 0) return jobs
  const more = problems.length - problemsShown
  throw new CliError(
    [...problems.slice(0, problemsShown), ...(more > 0 ? [`… and ${more} more`] : []), 'Nothing was sent.'].join('\n'),
  )
}

function duplicates(jobs: readonly FileJob[], file: string): string[] {
  const lines = new Map<string, number>()
  return jobs.flatMap(({ line, job: { name } }) => {
    const first = lines.get(name)
    if (first === undefined) lines.set(name, line)
    return first === undefined ? [] : [`${file}, line ${line}, job ${name}: line ${first} has a job of this name too`]
  })
}

interface Problem {
  readonly line: number
  readonly says: string
}

interface ReadEntry {
  readonly name: string | undefined
  readonly problems: readonly Problem[]
  readonly job: FileJob | undefined
}

/** What an entry says so far, and what is wrong with it. */
interface Draft {
  readonly values: Map<string, unknown>
  /** The options that were given, by their long names. */
  readonly given: Set<string>
  readonly problems: Problem[]
}

const textAt = (fields: Fields, key: string): string | undefined => {
  const value = fields.get(key)?.value
  return value?.kind === 'text' ? value.text : undefined
}

function readEntry({ line, fields, twice }: Entry): ReadEntry {
  const draft: Draft = { values: new Map(), given: new Set(), problems: [] }
  draft.problems.push(
    ...twice.map(each => ({ line: each.line, says: `the key "${visible(each.key)}" is there twice` })),
  )
  for (const [key, field] of joined(fields)) take(draft, key, field)
  for (const group of exclusive) {
    const [first, second] = group.filter(name => draft.given.has(name))
    if (second !== undefined) draft.problems.push({ line, says: `${second}: not allowed with ${first}` })
  }
  checkType(draft, fields)
  const name = textAt(fields, 'name')
  if (!draft.given.has('image') && !draft.problems.some(({ says }) => /^image(name)?:/.test(says)))
    draft.problems.push({ line, says: 'the key "image" is missing' })
  if (draft.problems.length > 0) return { name, problems: draft.problems, job: undefined }
  // Every value went through the option that gives it its type.
  const options = Object.fromEntries(draft.values) as unknown as JobOptions
  try {
    return { name, problems: [], job: { line, job: jobFrom(name, options), wait: options.wait } }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return { name, problems: [{ line, says: error.message }], job: undefined }
  }
}

/** The fields, with what the wire splits in two put together as the options have it. */
function joined(fields: Fields): Fields {
  const all = new Map(fields)
  const protocol = textAt(fields, 'port_protocol')
  const port = all.get('port')
  const number = textAt(fields, 'port')
  if (protocol !== undefined && port !== undefined && number !== undefined && !number.includes('/'))
    all.set('port', { ...port, value: { kind: 'text', text: `${number}/${protocol}` } })
  const check = all.get('health_check')
  if (check?.value.kind === 'map') {
    all.delete('health_check')
    const kind = textAt(check.value.fields, 'type')
    const field = check.value.fields.get(kind === 'http' ? 'path' : 'script')
    const known = (kind === 'http' || kind === 'script') && field !== undefined && check.value.fields.size === 2
    all.set(known ? `health-check-${kind}` : 'health_check', field !== undefined && known ? field : check)
  }
  return all
}

const options: ReadonlyMap<string, Option> = new Map(jobOptions().map(option => [(option.long ?? '').slice(2), option]))

/** Read elsewhere, or by other keys. */
const beside = new Set(['name', 'job_type', 'port_protocol'])

function take(draft: Draft, key: string, { line, value }: Field): void {
  const name = wireNames[key] ?? key
  const option = options.get(name)
  const problem = problemOf(draft, { key, name, value })
  if (problem !== undefined) draft.problems.push({ line, says: `${visible(key).slice(0, 60)}: ${problem}` })
  if (problem !== undefined || option === undefined || value.kind !== 'text' || value.text === undefined) return
  try {
    const read = option.isBoolean() || option.negate ? flag(value.text) : typed(option, value.text)
    if (read !== undefined) setValue(draft, option, { name, read })
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    const says = `${visible(key)}: ${error.message} It is "${visible(value.text).slice(0, 60)}".`
    draft.problems.push({ line, says })
  }
}

/** Why a key can't be there, or not so. */
function problemOf(draft: Draft, { key, name, value }: { key: string; name: string; value: Written }) {
  if (value.kind === 'map') return mappingProblem(key)
  if (value.kind === 'other') return 'must not be a list'
  if (beside.has(key)) return undefined
  if (!options.has(name)) return unknownKey(key)
  return draft.given.has(name) ? `"${name}" says the same` : undefined
}

const mappingProblem = (key: string): string =>
  key === 'health_check'
    ? 'must hold type and script, or type and path, such as {type: http, path: /health}'
    : 'must not be a mapping'

function unknownKey(key: string): string {
  const likely = key.replaceAll('_', '-')
  return options.has(likely)
    ? `unknown key; did you mean "${likely}"?`
    : `unknown key; known are name, ${[...options.keys()].join(', ')}`
}

/** A flag that is false says nothing, but for `filelog`, whose false is `no-filelog`. */
function setValue(draft: Draft, option: Option, { name, read }: { name: string; read: unknown }): void {
  if (read === false && name !== 'filelog') return
  draft.given.add(read === false ? 'no-filelog' : name)
  draft.values.set(option.attributeName(), name === 'no-filelog' ? false : read)
}

const yes = /^(true|yes|on)$/i
const no = /^(false|no|off)$/i

function flag(text: string): boolean {
  if (yes.test(text)) return true
  if (no.test(text)) return false
  throw new InvalidArgumentError('It must be true or false.')
}

/** The value of an option that takes one; where it need not be said, true stands for what is taken then. */
function typed(option: Option, text: string): unknown {
  if (option.optional && no.test(text)) return undefined
  const said = option.optional && yes.test(text) ? String(option.presetArg) : text
  return option.parseArg === undefined ? said : option.parseArg(said, undefined)
}

/** `job_type` only repeats what other keys say, except that it can make a job continuous or a web service. */
function checkType({ values, given, problems }: Draft, fields: Fields): void {
  const line = fields.get('job_type')?.line
  const type = textAt(fields, 'job_type')
  if (line === undefined || type === undefined) return
  const shown = visible(type).slice(0, 40)
  if (!isJobType(type))
    problems.push({ line, says: `job_type: must be one of ${jobTypes.join(', ')}. It is "${shown}".` })
  else if (!agrees(type, given))
    problems.push({ line, says: `job_type: "${shown}" does not agree with the other keys` })
  else if (listens(type)) values.set(type, true)
}

const isJobType = (text: string): text is (typeof jobTypes)[number] => jobTypes.some(type => type === text)
const listens = (type: string): boolean => type === 'continuous' || type === 'webservice'

function agrees(type: (typeof jobTypes)[number], given: ReadonlySet<string>): boolean {
  const others = ['schedule', 'continuous', 'webservice'].filter(key => key !== type && given.has(key))
  return type === 'scheduled' ? others.join() === 'schedule' : others.length === 0
}
