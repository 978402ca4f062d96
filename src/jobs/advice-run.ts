import type { GivenJob } from './given.ts'
import { joinWords } from './words.ts'

/** How the command line calls itself. */
export const program = 'toolforge-jobs'

/** A line of the command line about one job, as it is typed. */
export const about = (verb: string, name: string): string => `${program} ${verb} ${joinWords([name])}`

type Option = (job: GivenJob) => readonly (string | number | undefined)[]

const option =
  (flag: string, field: keyof GivenJob): Option =>
  job => {
    const value = job[field]
    return typeof value === 'string' || typeof value === 'number' ? [flag, value] : []
  }

const options: readonly Option[] = [
  option('--command', 'cmd'),
  option('--image', 'imagename'),
  ({ job_type }) => (job_type === 'continuous' ? ['--continuous'] : job_type === 'webservice' ? ['--webservice'] : []),
  option('--schedule', 'schedule'),
  option('--timezone', 'timezone'),
  option('--timeout', 'timeout'),
  option('--retry', 'retry'),
  option('--replicas', 'replicas'),
  ({ port, port_protocol }) =>
    port === undefined ? [] : ['--port', port_protocol === undefined ? port : `${port}/${port_protocol}`],
  ({ health_check }) =>
    health_check === undefined
      ? []
      : health_check.type === 'http'
        ? ['--health-check-http', health_check.path]
        : ['--health-check-script', health_check.script],
  option('--publish', 'publish'),
  option('--mem', 'memory'),
  option('--cpu', 'cpu'),
  option('--emails', 'emails'),
  option('--mount', 'mount'),
  ({ filelog }) => (filelog === undefined ? [] : [filelog ? '--filelog' : '--no-filelog']),
  option('--filelog-stdout', 'filelog_stdout'),
  option('--filelog-stderr', 'filelog_stderr'),
]

/** The line that makes a job such as this, with every word quoted for a shell. */
export const runLine = (job: GivenJob): string =>
  `${program} ${joinWords(['run', job.name, ...options.flatMap(of => of(job)).map(String)])}`
