import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs'
import { folderOf } from './paths.ts'
import { HomeProblem, naming, quoted } from './problem.ts'

/** Which home: the folder of all homes, the tool's name (or a person's), and the lowest uid that its owner may have. */
export interface Place {
  root: string
  tool: string
  minUid: number
  person?: true
}

/** A home that was entered as its owner. */
export interface OpenHome {
  readonly uid: number
  readonly gid: number
  /**
   * Opens a regular file of the owner's, by its names below the home, hands its descriptor and size to `work`, closes it.
   * No name may be a symbolic link. @throws HomeProblem
   */
  withFile<T>(steps: readonly string[], work: (fd: number, size: number) => T): T
}

/** What NFS shows as the owner when it cannot tell. */
const nobody = 65_534

/**
 * Runs `work` on a tool's home, as the home's owner when this process is root. All calls are synchronous and may hang,
 * and the process's user and working folder change meanwhile: only a helper process calls this. @throws HomeProblem
 */
export function inHome<T>(place: Place, work: (home: OpenHome) => T): T {
  const seen = lookAtHome(place)
  if (seen === undefined) throw new HomeProblem('unsettled', 'the tool has no home')
  return atHome(place, seen, work)
}

/** The same for a home that was looked at before. */
export function atHome<T>(place: Place, seen: BigIntStats, work: (home: OpenHome) => T): T {
  const owner = ownerOf(Number(seen.uid), place.minUid)
  const folder = folderOf(place)
  const withFile: OpenHome['withFile'] = (steps, use) => {
    naming('the home', () => enter(folder, seen))
    return openFile(owner.uid, steps, use)
  }
  return elsewhere(() => asOwner(owner, () => work({ ...owner, withFile })))
}

export interface Identity {
  dev: bigint
  ino: bigint
}

/** A home as it is, undefined where there is none. May hang. @throws HomeProblem where it is no folder, or the disk does not tell */
export function lookAtHome(place: Place): BigIntStats | undefined {
  const seen = onDisk(() => lstatSync(folderOf(place), { bigint: true, throwIfNoEntry: false }))
  if (seen !== undefined) {
    if (!seen.isDirectory()) throw new HomeProblem('wrong', "the tool's home is not a folder")
    return seen
  }
  // A share that is not mounted must not look like a tool that was removed.
  if (onDisk(() => statSync(place.root, { throwIfNoEntry: false })) === undefined)
    throw new HomeProblem('disk', 'the disk with the homes of the tools is not there')
  return undefined
}

function onDisk<T>(work: () => T): T {
  try {
    return work()
  } catch {
    throw new HomeProblem('disk', 'the disk with the homes of the tools cannot be read now')
  }
}

export const effectiveUser = (): number | undefined => process.geteuid?.()

/** The user and group that a home's owner is for this process. @throws HomeProblem */
export function ownerOf(uid: number, minUid: number): { uid: number; gid: number } {
  if (uid === nobody) throw new HomeProblem('disk', 'the disk does not tell who owns the home')
  if (uid < minUid) throw new HomeProblem('wrong', "the tool's home belongs to an account of the system")
  // A tool's group has the number of its user; without root there is no choice.
  if (effectiveUser() === 0) return { uid, gid: uid }
  if (uid !== effectiveUser())
    throw new HomeProblem('wrong', "the tool's home does not belong to the service's account")
  return { uid, gid: process.getegid?.() ?? uid }
}

/** Takes the owner's user and group while `work` runs. */
function asOwner<T>(owner: { uid: number; gid: number }, work: () => T): T {
  if (effectiveUser() === owner.uid) return work()
  const group = process.getegid?.() ?? 0
  process.setegid?.(owner.gid)
  try {
    process.seteuid?.(owner.uid)
    return work()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(group)
  }
}

function elsewhere<T>(work: () => T): T {
  const before = process.cwd()
  try {
    return work()
  } finally {
    process.chdir(before)
  }
}

/** Goes into the folder that was looked at and into no other, should a link have taken its place in between. */
export function enter(folder: string, seen: Identity): void {
  process.chdir(folder)
  const here = statSync('.', { bigint: true })
  if (here.dev !== seen.dev || here.ino !== seen.ino)
    throw new HomeProblem('unsettled', 'a folder of the home was replaced while it was being read')
}

/** Goes into a folder of the one that this process is in: `./name`. */
export function enterBelow(name: string): void {
  const seen = lstatSync(name, { bigint: true })
  if (seen.isSymbolicLink())
    throw new HomeProblem('wrong', `${quoted(name.slice(2))} is a symbolic link; put the folder itself there`)
  enter(name, seen)
}

// Not to block: neither on a FIFO nor on a lease that somebody holds on the file.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

function openFile<T>(uid: number, steps: readonly string[], use: (fd: number, size: number) => T): T {
  const path = steps.join('/')
  return naming(path, () => {
    for (const name of steps.slice(0, -1)) enterBelow(`./${name}`)
    const fd = openSync(`./${steps.at(-1)}`, flags)
    try {
      const file = fstatSync(fd)
      if (!file.isFile()) throw new HomeProblem('wrong', `${quoted(path)} is not a regular file`)
      if (file.uid !== uid) throw new HomeProblem('wrong', `${quoted(path)} must belong to the tool itself`)
      return use(fd, file.size)
    } finally {
      closeSync(fd)
    }
  })
}

/** The whole of a small file; one that grows beyond `limit` bytes while it is read is refused like one that is too large. */
export function readSmall(home: OpenHome, steps: readonly string[], limit: number): Buffer {
  return home.withFile(steps, fd => {
    const buffer = Buffer.alloc(limit + 1)
    const length = fill(fd, buffer, 0)
    if (length > limit)
      throw new HomeProblem(
        'wrong',
        `${quoted(steps.join('/'))} is larger than ${limit / 1024} KiB, which none needs to be`,
      )
    return buffer.subarray(0, length)
  })
}

/** Reads from `position` until the buffer is full or the file ends; returns the number of bytes. */
export function fill(fd: number, buffer: Buffer, position: number): number {
  let length = 0
  while (length < buffer.length) {
    const got = readSync(fd, buffer, length, buffer.length - length, position + length)
    if (got === 0) break
    length += got
  }
  return length
}
