import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'

/** The path of a program in PATH, or in the folders for administration that a user's PATH may lack. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map(folder => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** In CI nothing may be missing. */
export const inCi = (): boolean => process.env['CI'] === 'true'

/** Says that a test cannot run here: a skip on a laptop, a failure in CI. */
export function missing(t: Pick<Test, 'pass' | 'fail'>, what: string): void {
  if (inCi()) t.fail(`${what}; in CI nothing may be skipped`)
  else {
    console.error(`SKIPPED: ${what}`)
    t.pass(what, { skip: what })
  }
}

/** Whether all programs are here; when not, the test is skipped aloud (in CI: fails) and its body should return. */
export function havePrograms(t: Test, ...names: string[]): boolean {
  const absent = names.filter(name => findProgram(name) === undefined)
  if (absent.length > 0)
    missing(t, `needs ${absent.join(', ')} (the Debian packages are listed in test/packages/apt.txt)`)
  return absent.length === 0
}
