import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { HomeProblem, quoted } from './problem.ts'

/** Under which name a file is written before it takes its place; a crash may leave it. */
export const leftoverOf = (name: string): string => `.${name}.kubeusers-new`

/** What a file held is known by, without reading it again. */
export const isSameFile = (one: BigIntStats | undefined, other: BigIntStats | undefined): boolean =>
  one?.ino === other?.ino &&
  one?.dev === other?.dev &&
  one?.size === other?.size &&
  one?.mtimeNs === other?.mtimeNs &&
  one?.ctimeNs === other?.ctimeNs

/** What is at a name of the folder that this process is in, links not followed; undefined when nothing is. */
export const lookAt = (name: string): BigIntStats | undefined =>
  lstatSync(`./${name}`, { bigint: true, throwIfNoEntry: false })

/** Removes what is at a name: a file of any kind, or an empty folder. */
export function clearAway(name: string): void {
  const found = lookAt(name)
  if (found === undefined) return
  if (!found.isDirectory()) unlinkSync(`./${name}`)
  else if (!removedFolder(name))
    throw new HomeProblem('wrong', `${quoted(name)} is a folder that stands in the way; remove it`)
}

function removedFolder(name: string): boolean {
  try {
    rmdirSync(`./${name}`)
    return true
  } catch {
    return false
  }
}

export interface FileContent {
  content: string | Buffer
  /** From the first byte on. */
  mode: number
  /** What the name stood for when the content was decided on; looked at again, where given, before it is replaced. */
  was?: { found: BigIntStats | undefined }
  /** Runs when the new file is whole on the disk, before it takes the old one's place. */
  before?(): void
}

/**
 * Writes a file of the folder that this process is in: whole or not at all, whatever is at its name or comes there
 * meanwhile. Symbolic links are replaced, not followed. @throws HomeProblem and errors of the disk; then the old file stays
 */
export function replaceFile(name: string, file: FileContent): void {
  const next = leftoverOf(name)
  clearAway(next)
  try {
    const written = writeNew(next, file)
    if (file.was !== undefined && !isSameFile(file.was.found, lookAt(name)))
      throw new HomeProblem('unsettled', `${quoted(name)} was changed by somebody else meanwhile`)
    file.before?.()
    renameSync(`./${next}`, `./${name}`)
    if (lookAt(name)?.ino !== written.ino)
      throw new HomeProblem('unsettled', `${quoted(name)} was exchanged while it was being written`)
  } catch (error) {
    removeQuietly(next)
    throw error
  }
  syncFolder('.')
}

const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

function writeNew(name: string, { content, mode }: FileContent): BigIntStats {
  const bytes = Buffer.from(content)
  const fd = openSync(`./${name}`, flags, mode)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    fchmodSync(fd, mode)
    fsyncSync(fd)
    return fstatSync(fd, { bigint: true })
  } finally {
    // A disk across the network may refuse what was written as late as here.
    closeSync(fd)
  }
}

function removeQuietly(name: string): void {
  try {
    unlinkSync(`./${name}`)
  } catch {
    // The next one to write there clears it away, or says what is wrong.
  }
}

/** Sees to it that names made in a folder are on the disk. */
export function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
