import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Starts a program of this folder: a published package has been compiled; in a checkout Node strips the types. */
export async function launch(name) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 19)) {
    process.stderr.write(`${name} needs Node 22.19 or later, not ${process.versions.node}; npx takes the right one.\n`)
    process.exit(2)
  }
  // In the user's own folder: who can write into a cache in the shared /tmp decides what runs here. Only where that folder
  // is: under one that can't be made (an automounted home, /proc) Node tries for ever.
  const { XDG_CACHE_HOME: chosen } = process.env
  if (existsSync(chosen || homedir()))
    module.enableCompileCache?.(join(chosen || join(homedir(), '.cache'), 'toolforge-jobs'))
  const compiled = join(import.meta.dirname, '../../dist/bin', `${name}.js`)
  const source = join(import.meta.dirname, `${name}.ts`)
  await import(pathToFileURL(existsSync(compiled) ? compiled : source).href)
}
