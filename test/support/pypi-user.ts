import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parse, stringify } from 'yaml'
import type { LocalTool } from '../../src/local/tools.ts'
import type { PypiClient } from './pypi-client.ts'
import { type Entry, type PypiJob, pypiJobs } from './pypi-jobs.ts'
import { dataOf, rowsOf, unmarked } from './pypi-output.ts'
import type { PypiRelease } from './pypi-releases.ts'
import { waitUntil } from './wait-until.ts'

/** Somebody with one release of the client, on a platform. */
export interface PypiUserOptions {
  readonly client: PypiClient
  readonly release: PypiRelease
  readonly tool: LocalTool
  /** One that is free on this machine. */
  readonly port: number
}

const isEntries = (value: unknown): value is Entry[] =>
  Array.isArray(value) && value.every(entry => typeof entry === 'object' && entry !== null && 'name' in entry)

/** The entries of a dump, by name; without the status, which releases up to 16.1.0 write there too. */
export function entriesOf(text: string): Entry[] {
  const value: unknown = parse(text)
  if (!isEntries(value)) throw new Error(`not a list of jobs: ${text}`)
  return value.map(({ status, ...entry }) => entry).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** How long something on the platform may take, in seconds. */
const patience = 90

export function pypiUser(t: Test, { client, release, tool, port }: PypiUserOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'pypi-files-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs it and checks the exit code; whatever happens, nobody is shown a traceback. */
  async function run(t: Test, words: string[], code: number) {
    const result = await client.run(words)
    const said = unmarked(result.stdout + result.stderr)
    t.equal(result.code, code, `exit code of ${words.join(' ')}`, { said })
    t.notMatch(said, /Traceback|internal error/i, `${words.join(' ')}: no traceback`)
    return { data: dataOf(result.stdout), said }
  }

  /** What it prints as data; `expected` is also looked for in what it says besides. */
  async function succeeds(t: Test, words: string[], expected: RegExp = /^/): Promise<string> {
    const { data, said } = await run(t, words, 0)
    t.match(said, expected, words.join(' '))
    return data
  }

  async function fails(t: Test, words: string[], expected: RegExp): Promise<void> {
    const { said } = await run(t, words, 1)
    t.match(said, expected, words.join(' '))
  }

  /** The content of a file in the tool's home; empty where there is none. */
  function written(file: string): string {
    try {
      return readFileSync(join(tool.home, file), 'utf8')
    } catch {
      return ''
    }
  }

  const countOf = (file: string): number => written(file).split('\n').length - 1

  /** Waits until jobs have the status that is wanted of them. */
  const become = (t: Test, wanted: Readonly<Record<string, RegExp>>) =>
    waitUntil(
      `${Object.keys(wanted)} of ${release.line} to be ${Object.values(wanted)}`,
      async () => {
        const rows = rowsOf(await succeeds(t, ['list']))
        const statusOf = (name: string) => rows.find(row => row['Job name'] === name)?.['Status'] ?? ''
        return Object.entries(wanted).every(([name, status]) => status.test(statusOf(name)))
      },
      patience,
    )

  const jobs: readonly PypiJob[] = pypiJobs(release, port)

  return {
    release,
    tool,
    port,
    jobs,
    run,
    succeeds,
    fails,
    written,
    countOf,
    /** Waits until a file of the home has so many lines. */
    counts: (file: string, count: number) =>
      waitUntil(`${count} lines in ${file} of ${release.line}`, () => countOf(file) === count, patience),
    become,
    /** Waits until the one-off has ended and the continuous ones run. */
    settled(t: Test): Promise<true> {
      const lasting = jobs.filter(({ options }) => 'continuous' in options)
      const running = Object.fromEntries(lasting.map(({ name }) => [name, /^Running/]))
      return become(t, { once: new RegExp(`^${release.succeeded}`), ...running })
    },
    async names(t: Test): Promise<string[]> {
      const data = await succeeds(t, ['list', '-o', 'name'])
      return data.split('\n').filter(name => name !== '')
    },
    /** Writes a file for `load`; its path. */
    file(name: string, entries: readonly object[]): string {
      writeFileSync(join(folder, name), stringify(entries))
      return join(folder, name)
    },
    /** What `dump` writes to a file. */
    async dump(t: Test, name: string): Promise<{ path: string; entries: Entry[] }> {
      const path = join(folder, name)
      await succeeds(t, ['dump', '-f', path])
      return { path, entries: entriesOf(readFileSync(path, 'utf8')) }
    },
  }
}

export type PypiUser = ReturnType<typeof pypiUser>
