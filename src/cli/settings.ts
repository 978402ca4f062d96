import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { CliError, codeOf, whyUnreadable } from './failure.ts'
import { type Fields, section, textOf } from './fields.ts'
import type { World } from './world.ts'
import { yamlFields } from './yaml.ts'

/** What the configuration files and the environment say. */
export interface Settings {
  /** Without a slash at its end; undefined where nobody configured one. */
  readonly apiUrl: string | undefined
  /** Path of the jobs service below the URL. */
  readonly jobsEndpoint: string
  /** Seconds without a sign of life after which a request is given up. */
  readonly timeout: number
  readonly caFile: string | undefined
  /** Where this comes from, for `--debug`. */
  readonly sources: readonly string[]
}

export type Surroundings = Pick<World, 'environment' | 'home'>

export const urlVariable = 'TOOL_TOOLFORGE_API_URL'

/** The configuration files; a later one goes before an earlier one. */
export function configFiles({ environment, home }: Surroundings): string[] {
  const xdg = environment['XDG_CONFIG_HOME']
  const own = [join(home, '.toolforge.yaml'), join(home, '.config/toolforge.yaml')]
  const files = ['/etc/toolforge/jobs-cli.yaml', '/etc/toolforge/common.yaml', ...own]
  return [...new Set(xdg ? [...files, join(xdg, 'toolforge.yaml')] : files)]
}

/** `~` is the user's home; what is not absolute lies beside the file that names it. */
export function pathFrom(file: string, path: string, home: string): string {
  if (path === '~' || path.startsWith('~/')) return join(home, path.slice(1))
  return isAbsolute(path) ? path : resolve(dirname(file), path)
}

/** A file's text, undefined when there is none. @throws CliError */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw new CliError(`${file}: ${whyUnreadable(error)}`, { cause: error })
  }
}

interface Section {
  readonly file: string
  readonly fields: Fields
}

const nowhere: Section = { file: '', fields: {} }

/**
 * The settings from the files that exist, over them the environment. Each top-level section is taken whole from the last
 * file that has it. @throws CliError naming the file or variable, and what is wrong
 */
export async function readSettings(
  surroundings: Surroundings,
  files: readonly string[] = configFiles(surroundings),
): Promise<Settings> {
  const found: string[] = []
  let gateway = nowhere
  let jobs = nowhere
  for (const file of files) {
    const text = readIfThere(file)
    if (text === undefined) continue
    found.push(file)
    const fields = await yamlFields(text, file)
    if (fields['api_gateway'] !== undefined) gateway = { file, fields: section(fields, 'api_gateway', file) }
    if (fields['jobs'] !== undefined) jobs = { file, fields: section(fields, 'jobs', file) }
  }
  const variable = surroundings.environment[urlVariable] || undefined
  return {
    apiUrl: apiUrl(variable, gateway),
    jobsEndpoint: endpoint(jobs),
    timeout: timeout(jobs),
    caFile: caFile(jobs, surroundings.home),
    sources: variable === undefined ? found : [...found, `$${urlVariable}`],
  }
}

function apiUrl(variable: string | undefined, { file, fields }: Section): string | undefined {
  const text = variable ?? textOf(fields, 'url', `${file}: api_gateway`)
  if (text === undefined) return undefined
  const where = variable === undefined ? `${file}: api_gateway.url` : `$${urlVariable}`
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || url.search !== '' || url.hash !== '' || url.username !== '')
    throw new CliError(`${where}: must be an address such as https://jobs.example.org:30001, not "${text}"`)
  return url.href.replace(/\/+$/, '')
}

function endpoint({ file, fields }: Section): string {
  const path = textOf(fields, 'jobs_endpoint', `${file}: jobs`) ?? '/jobs/v1'
  if (!/^(\/[\w.~-]+)+\/?$/.test(path) || /\/\.\.?(\/|$)/.test(path))
    throw new CliError(`${file}: jobs.jobs_endpoint: must be a path such as /jobs/v1, not "${path}"`)
  return path.replace(/\/$/, '')
}

const longest = 86_400

function timeout({ file, fields }: Section): number {
  const seconds = fields['timeout'] ?? 60
  if (typeof seconds === 'number' && seconds > 0 && seconds <= longest) return seconds
  throw new CliError(`${file}: jobs.timeout: must be a number of seconds, more than 0 and at most ${longest}`)
}

function caFile({ file, fields }: Section, home: string): string | undefined {
  const path = textOf(fields, 'ca_file', `${file}: jobs`)
  return path === undefined ? undefined : pathFrom(file, path, home)
}
