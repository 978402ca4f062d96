import { jobNamePattern, limits } from '../contract/limits.ts'
import { CliError } from './failure.ts'
import { visible } from './text.ts'
import type { World } from './world.ts'

const pattern = new RegExp(jobNamePattern)

/**
 * A job's name that may become part of an address: an empty one would mean all jobs, and dots another path.
 * @throws CliError
 */
export function jobName(name: string): string {
  if (name.length <= limits.jobNameLength && pattern.test(name)) return name
  throw new CliError(
    `"${visible(name).slice(0, 100)}" is not a job's name: use lowercase letters, digits, "-" and ".", ` +
      `begin and end with a letter or digit, and take at most ${limits.jobNameLength} characters.`,
  )
}

/** How the user calls this program: as it is, or through the wrapper that knows all of Toolforge's. */
export const programName = (environment: World['environment']): string =>
  environment['TOOLFORGE_CLI'] === '1' ? 'toolforge jobs' : 'toolforge-jobs'
