import { InvalidArgumentError, Option } from 'commander'
import { emailsChoices, limits, mountChoices } from '../contract/limits.ts'
import type { JobAsSent } from '../contract/schemas.ts'
import { whole } from './jobs-command.ts'

/** Where a job listens: the protocol only where it was said. */
export interface Port {
  readonly port: number
  readonly protocol?: 'tcp' | 'udp'
}

/** A job as the options of `run` and the entries of a file say it; undefined where nothing was said. */
export interface JobOptions {
  readonly command?: string
  readonly image: string
  readonly filelog?: boolean
  readonly filelogStdout?: string
  readonly filelogStderr?: string
  readonly retry?: number
  readonly mem?: string
  readonly cpu?: string
  readonly emails?: NonNullable<JobAsSent['emails']>
  readonly mount?: NonNullable<JobAsSent['mount']>
  readonly schedule?: string
  readonly timezone?: string
  /** Seconds. */
  readonly timeout?: number
  readonly continuous?: boolean
  readonly webservice?: boolean
  readonly port?: Port
  readonly replicas?: number
  readonly healthCheckScript?: string
  readonly healthCheckHttp?: string
  readonly publish?: '/'
  /** Seconds. */
  readonly wait?: number
}

/** Options of which at most one can be given. */
export const exclusive: readonly (readonly string[])[] = [
  ['continuous', 'schedule', 'wait', 'webservice'],
  ['filelog', 'no-filelog'],
  ['health-check-script', 'health-check-http'],
]

/** `8080`, `8080/tcp` or `8080/udp`. @throws InvalidArgumentError */
export function portFrom(text: string): Port {
  const [, digits = '', protocol] = /^(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text) ?? []
  const port = Number(digits)
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('It must be a port such as 8080, 8080/tcp or 8080/udp.')
  const lower = protocol?.toLowerCase()
  return lower === 'tcp' || lower === 'udp' ? { port, protocol: lower } : { port }
}

/** What `run` takes, and what a file of jobs may hold under the same names: one table for both. */
export const jobOptions = (): Option[] => [
  new Option('--command <command>', 'what to run, as in a shell; only a web service may leave it to its image'),
  new Option('--image <image>', 'in which image, by its short name (see "images")'),
  new Option('--filelog', "write the output to files in the tool's home (the default of standard images)"),
  new Option('--no-filelog', 'write no files: "logs" shows the output').default(undefined),
  new Option('-o, --filelog-stdout <path>', 'file for the standard output (default: NAME.out)'),
  new Option('-e, --filelog-stderr <path>', 'file for the error output (default: NAME.err)'),
  new Option(
    '--retry <times>',
    `how often to try again when it fails, 0 to ${limits.retry}, of one-off and scheduled jobs (default: 0)`,
  ).argParser(whole(0, limits.retry)),
  new Option('--mem <memory>', 'memory that it may use, such as 512Mi or 1.5Gi'),
  new Option('--cpu <cores>', 'processor that it may use, such as 0.5 or 500m'),
  new Option('--emails <when>', 'when to send e-mails (default: none)').choices(emailsChoices),
  new Option('--mount <what>', 'shared storage to mount (default: none for build service images, else all)').choices(
    mountChoices,
  ),
  new Option(
    '--schedule <when>',
    'run it again and again: five cron fields such as "5 */2 * * mon-fri", or @hourly, @daily, @weekly, @monthly, @yearly',
  ),
  new Option('--timezone <zone>', 'time zone of the schedule, such as Europe/Berlin (default: UTC)'),
  new Option('--timeout <seconds>', 'end a run of a scheduled job after so many seconds; 0 for no limit').argParser(
    whole(0, limits.timeout),
  ),
  new Option('--continuous', 'keep it running: it is started again whenever it ends'),
  new Option('--webservice', "run it as the tool's web service"),
  new Option(
    '-p, --port <port>',
    'port on which a continuous job or web service listens, such as 8080 or 8080/udp (default protocol: tcp)',
  ).argParser(portFrom),
  new Option('--replicas <copies>', 'how many copies of a continuous job or web service to run').argParser(
    whole(0, limits.replicas),
  ),
  new Option('--health-check-script <command>', 'command that ends well as long as a continuous job does its work'),
  new Option('--health-check-http <path>', 'path that answers as long as a continuous job does its work'),
  new Option('--publish [path]', "show a continuous job with a port to the world under the tool's address")
    .preset('/')
    .choices(['/']),
  new Option('--wait [seconds]', 'wait for the end of a one-off job, at most so long (600 when not said)')
    .preset('600')
    .argParser(whole(1, 31 * 86_400)),
]
