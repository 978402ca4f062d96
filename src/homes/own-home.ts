import {
  type BigIntStats,
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  statSync,
} from 'node:fs'
import { posix } from 'node:path'
import { type Assignment, foldersOf } from './assignment.ts'
import { atHome, effectiveUser, enter, enterBelow, lookAtHome, type OpenHome, ownerOf } from './open.ts'
import { folderOf } from './paths.ts'
import { HomeProblem, namingWrites, quoted } from './problem.ts'
import { clearAway, leftoverOf, lookAt, syncFolder } from './write-file.ts'

/** A home that was entered as its owner, to write in it. */
export interface OwnHome extends OpenHome {
  /** Runs `work` in a folder, by its names below the home, which must be the owner's. @throws HomeProblem */
  inFolder<T>(steps: readonly string[], work: () => T): T
}

export const homeMode = 0o2775
export const folderMode = 0o700

/** The permissions, and what goes with them. */
export const modeOf = (stats: { mode: bigint }): number => Number(stats.mode) & 0o7777

/**
 * Looks at the home of an account; undefined when there is none. Whose it is is checked. May hang.
 * @throws HomeProblem `wrong` when it is somebody else's or no folder
 */
export function lookAtOwn({ place, uid }: Assignment): BigIntStats | undefined {
  ownerOf(uid, place.minUid)
  const seen = lookAtHome(place)
  if (seen === undefined) return undefined
  const { uid: found } = ownerOf(Number(seen.uid), place.minUid)
  if (found === uid) return seen
  throw new HomeProblem('wrong', `the home belongs to another account: its uid is ${found}, the account's ${uid}`)
}

/** Runs `work` in a home that was looked at, as its owner. Only for a helper process. @throws HomeProblem */
export function atOwnHome<T>({ place }: Assignment, seen: BigIntStats, work: (home: OwnHome) => T): T {
  const folder = folderOf(place)
  return atHome(place, seen, open =>
    work({
      ...open,
      inFolder: (steps, inner) =>
        namingWrites(steps.length === 0 ? 'the home' : steps.join('/'), () => {
          enter(folder, seen)
          for (const name of steps) enterBelow(`./${name}`)
          if (statSync('.').uid !== open.uid)
            throw new HomeProblem('wrong', `${quoted(steps.join('/'))} belongs to another account; move it away`)
          return inner()
        }),
    }),
  )
}

/** Makes a tool's home: under another name first, so that nobody sees it half made. @throws HomeProblem */
export function makeHome(assignment: Assignment): BigIntStats {
  const { place, uid, marker } = assignment
  if (place.person !== undefined) throw new HomeProblem('unsettled', 'the person has no home')
  if (marker !== undefined && statSync(marker, { throwIfNoEntry: false }) === undefined)
    throw new HomeProblem('disk', 'the disk with the homes is not there: its marker is missing')
  const folder = folderOf(place)
  const next = posix.join(place.root, leftoverOf(place.tool))
  namingWrites('the home', () => {
    if (lstatSync(next, { throwIfNoEntry: false }) !== undefined) rmdirSync(next)
    mkdirSync(next, folderMode)
    // While it is still ours: giving a mode to another's folder takes a power that we need not have.
    chmodSync(next, homeMode)
    if (effectiveUser() === 0) chownSync(next, uid, uid)
    if (lookAtHome(place) !== undefined)
      throw new HomeProblem('unsettled', 'the home was made by somebody else meanwhile')
    renameSync(next, folder)
    syncFolder(place.root)
  })
  const seen = lookAtOwn(assignment)
  if (seen === undefined) throw new HomeProblem('unsettled', 'the home was removed while it was being made')
  return seen
}

/** Puts the mode of a tool's home right, makes `logs`, and makes and closes the folders of our files. @throws HomeProblem */
export function mendFolders(assignment: Assignment, home: OwnHome): void {
  if (assignment.place.person === undefined) mendHome(assignment, home)
  for (const steps of foldersOf(assignment)) {
    const name = steps.at(-1) ?? ''
    home.inFolder(steps.slice(0, -1), () => {
      makeFolder(name, folderMode)
      closeFolder(name, home.uid)
    })
  }
  for (const file of [assignment.certificate, assignment.key, assignment.kubeconfig])
    home.inFolder(file.slice(0, -1), () => clearAway(leftoverOf(file.at(-1) ?? '')))
}

/** From without: an owner can shut even himself out. */
function closeFolder(name: string, uid: number): void {
  const found = lookAt(name)
  if (found?.isDirectory() && Number(found.uid) === uid && modeOf(found) !== folderMode)
    chmodSync(`./${name}`, folderMode)
}

function mendHome({ place }: Assignment, home: OwnHome): void {
  namingWrites('the home', () => {
    const folder = folderOf(place)
    const found = lstatSync(folder, { bigint: true })
    const isGroup = !minds(home.uid) || Number(found.gid) === home.gid
    // From without, too; and the group first, since the mode holds a mark that a change of group may take away.
    if (!isGroup) lchownSync(folder, home.uid, home.gid)
    if (!isGroup || modeOf(found) !== homeMode) chmodSync(folder, homeMode)
  })
  home.inFolder([], () => makeFolder('logs', 0o775))
}

/** Whether its owner can go into a home and change it. */
export const isOpen = (home: BigIntStats): boolean => home.uid === 0n || (modeOf(home) & 0o700) === 0o700

/** Whether the group of a home is ours to judge: an ordinary user's may be any. */
export const minds = (uid: number): boolean => uid !== 0 && process.getuid?.() === 0

/** Something else at the name is let be: what it is will be seen by who goes in. */
function makeFolder(name: string, mode: number): void {
  if (lookAt(name) !== undefined) return
  const mask = process.umask(0)
  try {
    mkdirSync(`./${name}`, mode)
  } finally {
    process.umask(mask)
  }
  syncFolder('.')
}
