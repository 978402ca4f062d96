// `npm run generate` writes every file that follows from the sources; with `--check` it writes nothing, says which file
// is not as its sources have it, and where, and ends with 1.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { jobsApiConfig } from '../src/api/config.ts'
import { openapiOf } from '../src/api/openapi.ts'
import { kubeusersConfig } from '../src/kubeusers/config.ts'
import { version } from '../src/platform/version.ts'
import { manual, withCommands } from './generate/commands.ts'
import { configurationPage } from './generate/configuration.ts'

const root = join(import.meta.dirname, '..')

/** A generated file: its path in the repository, and what must be in it. */
interface Output {
  path: string
  text: () => string
}

const outputs: Output[] = [
  {
    path: 'openapi.yaml',
    text: () =>
      `# Generated from src/contract by \`npm run generate\`.\n${stringify(openapiOf(version), { aliasDuplicateObjects: false, lineWidth: 120 })}`,
  },
  {
    path: 'docs/configuration.md',
    text: () =>
      configurationPage([
        { name: 'jobs-api', schema: jobsApiConfig },
        { name: 'kubeusers', schema: kubeusersConfig },
      ]),
  },
  { path: 'README.md', text: () => withCommands(current('README.md')) },
  { path: 'docs/man/toolforge-jobs.1', text: manual },
]

function current(path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return ''
  }
}

/** The first line in which two texts differ, for people. */
function firstDifference(is: string, should: string): string {
  const [here, there] = [is.split('\n'), should.split('\n')]
  const at = there.findIndex((line, index) => line !== here[index])
  const line = at === -1 ? there.length : at
  return `line ${line + 1}\n  is      ${here[line] ?? '(the end)'}\n  must be ${there[line] ?? '(the end)'}`
}

const stale = outputs
  .map(({ path, text }) => ({ path, is: current(path), should: text() }))
  .filter(({ is, should }) => is !== should)

if (process.argv.includes('--check')) {
  for (const { path, is, should } of stale) console.log(`${path}: ${firstDifference(is, should)}`)
  if (stale.length > 0) console.log('Run `npm run generate`.')
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const { path, should } of stale) {
    writeFileSync(join(root, path), should)
    console.log(path)
  }
}
