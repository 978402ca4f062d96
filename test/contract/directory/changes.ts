import type { Test } from 'tap'
import type { Directory } from '../../../src/directory/directory.ts'
import { waitUntil } from '../../support/wait-until.ts'
import type { DirectorySuite, DirectoryTarget, WantedAccounts } from './target.ts'

export interface Watched {
  /** How often a change was told of. */
  told(): number
  /** Ends it; resolves when its loop has ended, rejects with what the loop failed with. */
  end(): Promise<void>
}

/** Counts what a directory tells of. */
export function watch(t: Test, directory: Directory): Watched {
  const ending = new AbortController()
  let told = 0
  const run = async () => {
    for await (const _ of directory.changes({ signal: ending.signal })) told++
  }
  const running = run()
  const end = () => {
    ending.abort()
    return running
  }
  t.teardown(end)
  return { told: () => told, end }
}

/** Makes changes until one is told of: from then on the directory looks. */
export async function untilWatched(watched: Watched, change: (times: number) => Promise<void>): Promise<void> {
  for (let times = 1; watched.told() === 0; times++) {
    await change(times)
    await waitUntil('a change to be told', () => watched.told() > 0, 1.5).catch(() => undefined)
    if (times > 20) throw new Error('no change is told of')
  }
}

const admin = { name: 'pat', uid: 2001 }
const a = { name: 'a', uid: 5001 }
const b = { name: 'b', uid: 5002 }

async function start(t: Test, target: DirectoryTarget): Promise<{ directory: Directory; watched: Watched }> {
  await target.set({ tools: [], administrators: [admin] })
  const directory = target.open()
  t.teardown(() => directory.close())
  const watched = watch(t, directory)
  await untilWatched(watched, times =>
    target.set({ tools: [{ name: `early-${times}`, uid: 6000 + times }], administrators: [admin] }),
  )
  return { directory, watched }
}

/** When changes are told of. */
export const changes: DirectorySuite = async (t, target) => {
  await t.test('tells within 3 s of what comes, is shut off and comes back; then a read has it', async t => {
    const { directory, watched } = await start(t, target)
    const steps: [string, WantedAccounts, (string | undefined)[]][] = [
      ['a tool', { tools: [a], administrators: [admin] }, ['a']],
      ['another', { tools: [a, b], administrators: [admin] }, ['a', 'b']],
      ['a lock', { tools: [a, { ...b, disabled: true }], administrators: [admin] }, ['a', 'b off']],
      ['two locks', { tools: [{ ...a, disabled: true }, b], administrators: [admin] }, ['a off', 'b']],
      ['no lock', { tools: [a, b], administrators: [admin] }, ['a', 'b']],
      ['a person', { tools: [a, b], administrators: [admin, { name: 'kim', uid: 2002 }] }, ['a', 'b', 'kim', 'pat']],
      ['one off', { tools: [a], administrators: [{ ...admin, disabled: true }] }, ['a', 'pat off']],
    ]
    for (const [what, accounts, expected] of steps) {
      const before = watched.told()
      await target.set(accounts)
      await waitUntil(`${what} to be told`, () => watched.told() > before, 3)
      const read = async () => {
        const { tools, administrators } = await directory.read({ signal: new AbortController().signal })
        return [...tools, ...administrators].map(({ name, disabled }) =>
          disabled === undefined ? name : `${name} off`,
        )
      }
      // One that was told of in the midst of several is followed by more.
      await waitUntil(`${what} to be read`, async () => {
        const seen = await read()
        return expected.every(name => seen.includes(name ?? ''))
      })
    }
    t.pass('all of them')
  })

  await t.test('waits out failures, and tells what has changed meanwhile', async t => {
    const { watched } = await start(t, target)
    await target.break()
    await target.mend()
    const before = watched.told()
    await target.set({ tools: [a], administrators: [admin] })
    await waitUntil('the change', () => watched.told() > before, 20)
    t.pass('told')
  })

  await t.test('says nothing while nothing changes, and ends without an error', async t => {
    const { directory, watched } = await start(t, target)
    await target.set({ tools: [a], administrators: [admin] })
    const other = watch(t, directory)
    await watched.end()
    await other.end()
    t.equal(other.told(), 0)
    const closed = watch(t, directory)
    await directory.close()
    await closed.end()
    t.pass('ended')
  })
}
