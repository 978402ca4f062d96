import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file whole or not at all, with its mode from the first byte on. */
export function writeWhole(file: string, text: string, mode: number): void {
  mkdirSync(dirname(file), { recursive: true })
  const next = `${file}.new`
  writeFileSync(next, text, { mode })
  chmodSync(next, mode)
  renameSync(next, file)
}
