import { DomainError } from '../contract/errors.ts'
import { printable } from '../platform/printable.ts'
import type { LogFiles } from './command.ts'
import type { GivenJob } from './given.ts'

/** A job with all its fields, those that nobody set as the platform sets them. */
export type CompleteJob = Required<Omit<GivenJob, 'filelog_stdout' | 'filelog_stderr'>> &
  Pick<GivenJob, 'filelog_stdout' | 'filelog_stderr'>

export const defaultCpu = '100m'
export const defaultMemory = '512Mi'

/** Fills in what the user did not set; every image is a standard one so far, with a shell and the homes. */
export function completeJob(given: GivenJob): CompleteJob {
  const { filelog = true, filelog_stdout, filelog_stderr, ...rest } = given
  return {
    ...rest,
    memory: given.memory ?? defaultMemory,
    cpu: given.cpu ?? defaultCpu,
    emails: given.emails ?? 'none',
    mount: given.mount ?? 'all',
    retry: given.retry ?? 0,
    filelog,
    ...(filelog
      ? { filelog_stdout: filelog_stdout ?? `${rest.name}.out`, filelog_stderr: filelog_stderr ?? `${rest.name}.err` }
      : {}),
  }
}

/** @throws DomainError bad_request when the job's image does not offer what it asks for. */
export function checkMount({ mount }: CompleteJob): void {
  if (mount !== 'all')
    throw new DomainError('bad_request', 'Mount type none is only supported for build service images')
}

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

const underHome = (path: string, home: string): string | undefined =>
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
