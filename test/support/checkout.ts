import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

const root = join(import.meta.dirname, '../..')

/** A checkout of its own, removed after the test, so that what somebody runs in this one is left alone. */
export function copyOfCheckout(t: Test): string {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'checkout-')))
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  const names = ['src', 'charts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']
  for (const name of names) cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}
