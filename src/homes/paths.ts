import { posix } from 'node:path'
import { toolNamePattern } from '../contract/limits.ts'
import { homeLimits } from './limits.ts'

const toolName = new RegExp(toolNamePattern)

/** The folder of a tool; with `folderOf` the only place where a tool's name becomes a path. @throws RangeError on a name no tool can have. */
export function homeOf(root: string, tool: string): string {
  if (!toolName.test(tool)) throw new RangeError('not the name of a tool')
  return posix.join(root, tool)
}

const personName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/

/** The folder of a tool or a person. @throws RangeError on a name that none can have. */
export function folderOf({ root, tool, person }: { root: string; tool: string; person?: true }): string {
  if (person === undefined) return homeOf(root, tool)
  if (!personName.test(tool)) throw new RangeError('not the name of a person')
  return posix.join(root, tool)
}

/** Whose home it is, in a message. */
export const ownerName = ({ tool, person }: { tool: string; person?: true }): string =>
  person === undefined ? `tool ${tool}` : `person ${tool}`

/**
 * The names to walk from `home` to the file that `path` means: absolute, or relative to `folder` (names below the home).
 * Undefined when it lies outside, is the home itself, or can be no path. Symbolic links are refused on the way, so `..`
 * may be resolved here.
 */
export function stepsWithin(home: string, path: string, folder: readonly string[] = []): string[] | undefined {
  if (path.length > homeLimits.pathLength || path.includes('\0')) return undefined
  if (!path.startsWith('/')) return walk(folder, path)
  const whole = posix.normalize(path)
  return whole.startsWith(`${home}/`) ? walk([], whole.slice(home.length)) : undefined
}

function walk(from: readonly string[], path: string): string[] | undefined {
  const steps = [...from]
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') steps.push(name)
    else if (steps.pop() === undefined) return undefined
  }
  return steps.length === 0 ? undefined : steps
}
