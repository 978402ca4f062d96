import type { PypiRelease } from './pypi-releases.ts'

/** A job in the words of `run`, which are those of a file for `load` too. */
export interface PypiJob {
  readonly name: string
  readonly options: Readonly<Record<string, string | number | true>>
}

/** An entry of a file for `load`. */
export type Entry = Readonly<Record<string, unknown>> & { readonly name: string }

/** `run NAME --option value …` */
export const wordsOf = ({ name, options }: PypiJob): string[] => [
  'run',
  name,
  ...Object.entries(options).flatMap(([option, value]) =>
    value === true ? [`--${option}`] : [`--${option}`, String(value)],
  ),
]

/** The job in a file. */
export const entryOf = ({ name, options }: PypiJob): Entry => ({ name, ...options })

const serve = [
  'echo started >> served.txt',
  'echo fine > index.html',
  'if command -v python3 > seen.txt; then exec python3 -m http.server --bind 127.0.0.1 "$PORT"; fi',
  'exec httpd -f -p "$PORT"',
].join('; ')

/** One job of each type, with all options that a release has for it; `port` is free on this machine. */
export function pypiJobs({ knows, loads }: PypiRelease, port: number): readonly PypiJob[] {
  const only = (known: boolean, options: PypiJob['options']) => (known ? options : {})
  const once = {
    name: 'once',
    options: {
      command: 'date >> once.txt; echo "to out"; echo "to err" >&2',
      image: 'bookworm',
      'filelog-stdout': 'out.log',
      'filelog-stderr': 'err.log',
      mem: '200Mi',
      cpu: '0.2',
      emails: 'onfailure',
      retry: 1,
      ...only(knows.filelogFlag, { filelog: true }),
      // Those that compare take what is usual for a difference.
      ...only(loads !== 'by comparing', { mount: 'all' }),
    },
  }
  const cron = {
    name: 'cron',
    options: {
      command: 'date >> cron.txt',
      image: 'python3.11',
      schedule: '7 3 * * 1-5',
      'no-filelog': true,
      retry: 2,
      ...only(knows.timeout, { timeout: 600 }),
    },
  } as const
  const loop = {
    name: 'loop',
    options: {
      command: 'echo started >> loop.txt; exec sleep 10000',
      image: 'bookworm',
      continuous: true,
      ...only(knows.healthScript, { 'health-check-script': 'test -s loop.txt' }),
      ...only(knows.replicas, { replicas: 2 }),
    },
  } as const
  const served = {
    name: 'served',
    options: {
      command: serve,
      image: 'python3.11',
      continuous: true,
      port,
      ...only(knows.healthHttp, { 'health-check-http': '/index.html' }),
      ...only(knows.publish, { publish: '/' }),
    },
  } as const
  return [once, cron, loop, ...(knows.port ? [served] : [])]
}

/** An option's value however a dump writes it: flags have been `true`, 'true' and 'yes', a port alone or with its protocol. */
export const plainly = (value: unknown): string =>
  value === true || value === 'yes' ? 'true' : String(value).replace(/\/tcp$/, '')
