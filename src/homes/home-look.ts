import { hash } from 'node:crypto'
import { type BigIntStats, lstatSync } from 'node:fs'
import { type Assignment, foldersOf } from './assignment.ts'
import { folderMode, homeMode, minds, modeOf, type OwnHome } from './own-home.ts'
import { folderOf } from './paths.ts'
import { naming, quoted } from './problem.ts'
import { leftoverOf } from './write-file.ts'

/** What a look at a home's files shows without opening one; undefined stands for what is not there. */
export interface HomeLook {
  home: BigIntStats
  hasLogs: boolean
  folders: (BigIntStats | undefined)[]
  certificate: BigIntStats | undefined
  key: BigIntStats | undefined
  kubeconfig: BigIntStats | undefined
}

export const certificateMode = 0o400
export const keyMode = 0o400
export const kubeconfigMode = 0o600

/** Looks at all that is ours in a home, as its owner. @throws HomeProblem when the disk fails */
export const lookAround = (assignment: Assignment, { inFolder }: OwnHome, home: BigIntStats): HomeLook =>
  inFolder([], () => lookFrom(assignment, home, path => look(`./${path}`, path)))

/**
 * The same as whoever this process is just now, which spares it to become the owner: that is by far the dearest part of a look.
 * Nothing is opened. Undefined where not all can be seen that way. May hang.
 */
export function lookFromWithout(assignment: Assignment, home: BigIntStats): HomeLook | undefined {
  const folder = folderOf(assignment.place)
  try {
    return lookFrom(assignment, home, path => statsOf(`${folder}/${path}`))
  } catch {
    return undefined
  }
}

function lookFrom(
  assignment: Assignment,
  home: BigIntStats,
  look: (path: string) => BigIntStats | undefined,
): HomeLook {
  const seen = new Map<string, BigIntStats | undefined>()
  /** Through folders only, which must have been looked at before. */
  const lookAt = (steps: readonly string[]): BigIntStats | undefined => {
    const path = steps.join('/')
    const isReal = steps.length === 1 || seen.get(steps.slice(0, -1).join('/'))?.isDirectory() === true
    const stats = isReal ? look(path) : undefined
    seen.set(path, stats)
    return stats
  }
  return {
    home,
    hasLogs: look('logs') !== undefined,
    folders: foldersOf(assignment).map(lookAt),
    certificate: lookAt(assignment.certificate),
    key: lookAt(assignment.key),
    kubeconfig: lookAt(assignment.kubeconfig),
  }
}

const statsOf = (path: string): BigIntStats | undefined => lstatSync(path, { bigint: true, throwIfNoEntry: false })

/** A folder that its owner has closed to himself shows nothing. */
const closed = new Set(['EACCES', 'ENOTDIR', 'ELOOP'])

function look(path: string, name: string): BigIntStats | undefined {
  return naming(name, () => {
    try {
      return statsOf(path)
    } catch (error) {
      if (error instanceof Error && 'code' in error && closed.has(String(error.code))) return undefined
      throw error
    }
  })
}

/**
 * What interrupted changes have left, as paths in the home. No part of a stamp: with a file that comes or goes, its folder
 * changes. @throws HomeProblem when the disk fails
 */
export function leftoversIn({ certificate, key, kubeconfig }: Assignment, { inFolder }: OwnHome): string[] {
  const paths = [certificate, key, kubeconfig].map(steps =>
    [...steps.slice(0, -1), leftoverOf(steps.at(-1) ?? '')].join('/'),
  )
  return inFolder([], () => paths.filter(path => look(`./${path}`, path) !== undefined))
}

/** The same for the same look; another when anything was changed that is ours, or when something else is asked for. */
export function stampOf(look: HomeLook | undefined, asked: string): string {
  const facts =
    look === undefined
      ? []
      : [
          // That files come and go in a home is its owner's business, and no reason to read it again.
          placeOf(look.home),
          look.hasLogs,
          ...[...look.folders, look.certificate, look.key, look.kubeconfig].map(factsOf),
        ]
  return digestOf(`${asked}\n${facts.join('\n')}`)
}

const placeOf = ({ dev, ino, mode, uid, gid }: BigIntStats): string => `${dev} ${ino} ${mode} ${uid} ${gid}`
const factsOf = (stats: BigIntStats | undefined): string =>
  stats === undefined ? '' : `${placeOf(stats)} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`

/** Stands for a text. */
export const digestOf = (text: string): string => hash('sha256', text, 'base64url')

/** What must be put right in a home, and what nobody but a person can. */
export function conditionOf(
  assignment: Assignment,
  { uid, gid }: { uid: number; gid: number },
  { look, leftovers }: { look: HomeLook; leftovers: readonly string[] },
): { home: 'foreign' | 'mend' | 'right'; reasons: string[] } {
  const names = foldersOf(assignment).map(steps => quoted(steps.join('/')))
  const foreign = look.folders.flatMap((stats, at) => inTheWay(names[at] ?? '', stats, uid))
  if (foreign.length > 0) return { home: 'foreign', reasons: foreign }
  const reasons = [
    ...(assignment.place.person === undefined ? homeFlaws(look, { uid, gid }) : []),
    ...look.folders.flatMap((stats, at) => folderFlaws(names[at] ?? '', stats)),
    ...leftovers.map(path => `${quoted(path)} was left by an interrupted change`),
    ...fileFlaws(assignment.certificate, look.certificate, certificateMode),
    ...fileFlaws(assignment.key, look.key, keyMode),
    ...fileFlaws(assignment.kubeconfig, look.kubeconfig, kubeconfigMode),
  ]
  return { home: reasons.length === 0 ? 'right' : 'mend', reasons }
}

function inTheWay(name: string, stats: BigIntStats | undefined, uid: number): string[] {
  if (stats === undefined) return []
  if (stats.isSymbolicLink()) return [`${name} is a symbolic link; put the folder itself there`]
  if (!stats.isDirectory()) return [`${name} is not a folder`]
  return Number(stats.uid) === uid ? [] : [`${name} belongs to another account; move it away`]
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

function homeFlaws({ home, hasLogs }: HomeLook, owner: { uid: number; gid: number }): string[] {
  const flaws: string[] = []
  if (minds(owner.uid) && Number(home.gid) !== owner.gid) flaws.push('the home is of another group')
  if (modeOf(home) !== homeMode) flaws.push(`the home's mode is ${octal(modeOf(home))}, not ${octal(homeMode)}`)
  if (!hasLogs) flaws.push('"logs" is not there')
  return flaws
}

function folderFlaws(name: string, stats: BigIntStats | undefined): string[] {
  if (stats === undefined) return [`${name} is not there`]
  return modeOf(stats) === folderMode
    ? []
    : [`the mode of ${name} is ${octal(modeOf(stats))}, not ${octal(folderMode)}`]
}

function fileFlaws(steps: readonly string[], stats: BigIntStats | undefined, mode: number): string[] {
  if (!stats?.isFile() || modeOf(stats) === mode) return []
  return [`the mode of ${quoted(steps.join('/'))} is ${octal(modeOf(stats))}, not ${octal(mode)}`]
}
