import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the image sets for its services: by name. */
export const imageEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(join(import.meta.dirname, '../../Containerfile'), 'utf8').matchAll(/^ENV (\w+)=(\S+)$/gm)].map(
      ([, name, value]) => [String(name), String(value)],
    ),
  )
