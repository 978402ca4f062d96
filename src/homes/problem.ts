import { printable } from '../platform/printable.ts'

/**
 * What stands in the way of a home's use.
 * `missing`: no such file. `wrong`: it is there and must not be used. `unsettled`: it cannot be used now, but that says
 * nothing against what was read before (a share that is not mounted, a renewal half written). `disk`: the disk's fault.
 */
export const problemKinds = ['missing', 'wrong', 'unsettled', 'disk'] as const
export type ProblemKind = (typeof problemKinds)[number]

/** Why a home or a file in it is not used; the message is for its owner and names no path outside the home. */
export class HomeProblem extends Error {
  readonly kind: ProblemKind

  constructor(kind: ProblemKind, message: string) {
    super(message)
    this.name = 'HomeProblem'
    this.kind = kind
  }
}

/** A tenant's text in a message. */
export const quoted = (text: string): string => `"${printable(text, 200)}"`

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Runs file operations and names what the system refused, `what` being the file's path within the home. @throws HomeProblem */
export const naming = <T>(what: string, work: () => T): T => named(what, work, reading)

/** The same where something is written. @throws HomeProblem */
export const namingWrites = <T>(what: string, work: () => T): T => named(what, work, writing)

function named<T>(what: string, work: () => T, problemOf: (what: string, code: string) => HomeProblem): T {
  try {
    return work()
  } catch (error) {
    const code = codeOf(error)
    throw error instanceof HomeProblem || code === '' ? error : problemOf(quoted(what), code)
  }
}

function reading(what: string, code: string): HomeProblem {
  switch (code) {
    case 'ENOENT':
      return new HomeProblem('missing', `${what} is not there`)
    case 'ELOOP':
      return new HomeProblem('wrong', `${what} is a symbolic link; put the file itself there`)
    case 'ENOTDIR':
      return new HomeProblem('wrong', `${what} leads through something that is not a folder`)
    case 'ENXIO':
    case 'EISDIR':
      return new HomeProblem('wrong', `${what} is not a regular file`)
    case 'EACCES':
    case 'EPERM':
      return new HomeProblem('wrong', `${what} may not be read by the tool itself`)
    case 'ENAMETOOLONG':
      return new HomeProblem('wrong', `${what} is too long a path`)
    default:
      return new HomeProblem('disk', `${what} cannot be read now (${code})`)
  }
}

const diskFaults: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: "the owner's share of the disk is used up",
  EROFS: 'the disk can only be read',
  ESTALE: 'the disk was exchanged',
  EIO: 'the disk has a fault',
}

function writing(what: string, code: string): HomeProblem {
  switch (code) {
    case 'ENOENT':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new HomeProblem('unsettled', `${what} was changed by somebody else while it was being written`)
    case 'EACCES':
    case 'EPERM':
      return new HomeProblem('wrong', `${what} may not be written by the home's own account`)
    case 'ELOOP':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ENAMETOOLONG':
      return reading(what, code)
    default:
      return new HomeProblem(
        'disk',
        `${what} cannot be written now: ${diskFaults[code] ?? 'the disk refuses'} (${code})`,
      )
  }
}
