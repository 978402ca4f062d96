import { messageOf } from '../platform/message-of.ts'

/** How the command ends: as the client of today's users; `changes` where that is asked for. */
export const exitCodes = { done: 0, refused: 1, failed: 2, usage: 2, changes: 3, interrupted: 130 } as const

/** What went wrong on this side, in words for the user; a line a sentence. */
export class CliError extends Error {
  readonly exitCode: number

  constructor(message: string, { exitCode = exitCodes.refused, cause }: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause })
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

/** No answer came from the service. */
export class Unreachable extends CliError {
  /** Whether trying again may help. */
  readonly passing: boolean

  constructor(why: string, { passing, cause }: { passing: boolean; cause?: unknown }) {
    const down = 'The jobs service seems to be down - please retry in a few minutes.'
    super(passing ? `${down}\n${why}` : why, { exitCode: exitCodes.failed, cause })
    this.name = 'Unreachable'
    this.passing = passing
  }
}

/** The code of an error of the system, such as ENOENT. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const fileProblems: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
}

/** Why a file could not be read (or written), in words. */
export const whyUnreadable = (error: unknown, doing: 'read' | 'write' = 'read'): string => {
  const code = codeOf(error) ?? ''
  if (doing === 'write' && code === 'ENOENT') return 'there is no such folder'
  if (doing === 'write' && code === 'EACCES') return 'you may not write it'
  return fileProblems[code] ?? messageOf(error)
}

/** The user pressed Ctrl-C, or nobody reads the output any more. */
export class Stopped extends CliError {
  constructor(exitCode: number) {
    super('stopped', { exitCode })
    this.name = 'Stopped'
  }
}
