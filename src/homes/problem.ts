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

/** Runs file operations and names what the system refused, `what` being the file's path within the home. */
export function naming<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof HomeProblem ? error : problemOf(what, codeOf(error), error)
  }
}

function problemOf(what: string, code: string, error: unknown): unknown {
  switch (code) {
    case '':
      return error
    case 'ENOENT':
      return new HomeProblem('missing', `${quoted(what)} is not there`)
    case 'ELOOP':
      return new HomeProblem('wrong', `${quoted(what)} is a symbolic link; put the file itself there`)
    case 'ENOTDIR':
      return new HomeProblem('wrong', `${quoted(what)} leads through something that is not a folder`)
    case 'ENXIO':
    case 'EISDIR':
      return new HomeProblem('wrong', `${quoted(what)} is not a regular file`)
    case 'EACCES':
    case 'EPERM':
      return new HomeProblem('wrong', `${quoted(what)} may not be read by the tool itself`)
    case 'ENAMETOOLONG':
      return new HomeProblem('wrong', `${quoted(what)} is too long a path`)
    default:
      return new HomeProblem('disk', `${quoted(what)} cannot be read now (${code})`)
  }
}
