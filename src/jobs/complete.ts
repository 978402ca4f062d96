import { DomainError } from '../contract/errors.ts'
import { printable } from '../platform/printable.ts'
import type { LogFiles } from './command.ts'
import { type GivenJob, setFields } from './given.ts'
import { splitWords } from './words.ts'

/** What matters of an image for the jobs that run it. */
export interface ImageFacts {
  /** `standard`: the platform's, with a shell and the homes. `built`: by the tool itself, started through its launcher. */
  readonly kind: 'standard' | 'built'
  /** How it runs a web service, where it says so. */
  readonly webservice?: WebserviceFacts | undefined
}

export interface WebserviceFacts {
  readonly command?: string | undefined
  readonly port?: number | undefined
  readonly memory?: string | undefined
}

/** The fields that every job has, whether or not they were given. */
type Always = 'cmd' | 'memory' | 'cpu' | 'emails' | 'mount' | 'filelog'

/** A job with all fields of its type, those that nobody set as the platform or the image sets them. */
export type CompleteJob = Omit<GivenJob, Always> & Required<Pick<GivenJob, Always>>

export const defaultCpu = '100m'
export const defaultMemory = '512Mi'
export const defaultTimezone = 'UTC'
const defaults = { cmd: '', memory: defaultMemory, cpu: defaultCpu, emails: 'none' } as const
const builtWebservice = { command: 'web', port: 8000 } as const satisfies WebserviceFacts

/**
 * Fills in what the user did not set.
 * @throws DomainError bad_request when the image does not offer what the job asks for.
 */
export function completeJob(given: GivenJob, image: ImageFacts): CompleteJob {
  const complete = fillIn(given, image)
  const problems = imageRules.flatMap(rule => rule(complete, image) ?? [])
  if (problems.length > 0) throw new DomainError('bad_request', problems.join('\n'))
  return complete
}

/** As `completeJob`, without a look at whether that can run; a command that nobody knows is empty. */
export function fillIn(given: GivenJob, image: ImageFacts): CompleteJob {
  const { filelog_stdout, filelog_stderr, ...rest } = given
  const isBuilt = image.kind === 'built'
  const facts = given.job_type === 'webservice' ? webserviceOf(image) : {}
  const filelog = given.filelog ?? (!isBuilt && given.job_type !== 'webservice')
  return {
    ...defaults,
    // Files are written in the homes.
    mount: isBuilt && !filelog ? 'none' : 'all',
    ...setFields({ cmd: facts.command, memory: facts.memory }),
    ...rest,
    filelog,
    ...(filelog ? filesOf(given) : {}),
    ...ofType(given, facts),
  }
}

const filesOf = ({ name, filelog_stdout = `${name}.out`, filelog_stderr = `${name}.err` }: GivenJob) => ({
  filelog_stdout,
  filelog_stderr,
})

const webserviceOf = ({ kind, webservice = {} }: ImageFacts): WebserviceFacts =>
  kind === 'built' ? { ...builtWebservice, ...webservice } : { port: builtWebservice.port, ...webservice }

/** What only some types have. */
function ofType(given: GivenJob, facts: WebserviceFacts): Partial<GivenJob> {
  const { job_type, port = facts.port } = given
  switch (job_type) {
    case 'one-off':
      return { retry: given.retry ?? 0 }
    case 'scheduled':
      return {
        retry: given.retry ?? 0,
        timeout: given.timeout ?? 0,
        timezone: given.timezone ?? defaultTimezone,
      }
    case 'continuous':
    case 'webservice':
      return {
        replicas: given.replicas ?? 1,
        ...(port === undefined ? {} : { port, port_protocol: given.port_protocol ?? 'tcp' }),
        ...(job_type === 'webservice' ? { publish: '/' } : {}),
      }
  }
}

const unsplittable = (field: string): string =>
  `${field}: has a quote that is not closed, or ends in a backslash; build service images start programs without a shell`

const imageRules: readonly ((job: CompleteJob, image: ImageFacts) => string | undefined)[] = [
  ({ mount }, { kind }) =>
    kind === 'standard' && mount === 'none' ? 'Mount type none is only supported for build service images' : undefined,
  ({ cmd, imagename }) =>
    cmd === ''
      ? `cmd: the image '${printable(imagename)}' does not say how it runs a web service; give a command`
      : undefined,
  ({ cmd, filelog }, { kind }) =>
    kind === 'built' && !filelog && cmd !== '' && !canSplit(cmd) ? unsplittable('cmd') : undefined,
  ({ health_check: check }, { kind }) =>
    kind === 'built' && check?.type === 'script' && !canSplit(check.script) ? unsplittable('health_check') : undefined,
]

const canSplit = (text: string): boolean => (splitWords(text)?.length ?? 0) > 0

/** A file that takes what nobody wants to keep. */
const nowhere = '/dev/null'

/**
 * The files for a job's output, absolute paths; undefined when its output is not kept in files.
 * @throws DomainError bad_request when a path is no file within the home.
 */
export function logFilesOf(job: CompleteJob, home: string): LogFiles | undefined {
  const { filelog, filelog_stdout, filelog_stderr } = job
  if (!filelog || filelog_stdout === undefined || filelog_stderr === undefined) return undefined
  return {
    stdout: logPath('filelog_stdout', filelog_stdout, home),
    stderr: logPath('filelog_stderr', filelog_stderr, home),
  }
}

function logPath(field: string, path: string, home: string): string {
  if (path === nowhere) return path
  const refuse = (why: string) => new DomainError('bad_request', `${field}: '${printable(path)}' ${why}`)
  if (/\p{Cc}/u.test(path)) throw refuse('must not hold control characters')
  const within = path.startsWith('/') ? underHome(path, home) : path
  if (within === undefined) throw refuse(`must lie in the tool's home, ${home}`)
  const steps = within.split('/')
  if (steps.includes('..')) throw refuse('must not hold ".."')
  const last = steps.at(-1)
  if (last === '' || last === '.') throw refuse('must name a file, not a folder')
  return `${home}/${within}`
}

/** A path as seen from the home; undefined when it is not below it. */
export const underHome = (path: string, home: string): string | undefined =>
  path.startsWith(`${home}/`) ? path.slice(home.length + 1) : undefined

/** The files that can be read back, each once, as their paths were given. */
export function readableLogs(job: CompleteJob): { path: string; stream: 'stdout' | 'stderr' }[] {
  const { filelog, filelog_stdout = nowhere, filelog_stderr = nowhere } = job
  if (!filelog) return []
  const both = [
    { path: filelog_stdout, stream: 'stdout' as const },
    { path: filelog_stderr, stream: 'stderr' as const },
  ]
  return both.filter(({ path }, at) => path !== nowhere && both.findIndex(file => file.path === path) === at)
}
