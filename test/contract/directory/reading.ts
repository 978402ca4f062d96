import type { Test } from 'tap'
import { DirectoryError, type Listing } from '../../../src/directory/directory.ts'
import type { DirectorySuite, DirectoryTarget } from './target.ts'

const admin = { name: 'pat', uid: 2001 }

async function readOf(target: DirectoryTarget): Promise<Listing> {
  const directory = target.open()
  try {
    return await directory.read({ signal: new AbortController().signal })
  } finally {
    await directory.close()
  }
}

const namesOf = (accounts: readonly { name: string }[]) => accounts.map(({ name }) => name)

async function accounts(t: Test, target: DirectoryTarget) {
  await t.test('lists what is there, by name, and what is shut off with the reason', async t => {
    const tools = [
      { name: 'b-tool', uid: 5002, disabled: true },
      { name: 'a-tool', uid: 5001 },
      { name: '007', uid: 5003 },
    ]
    await target.set({ tools, administrators: [admin, { name: 'kim', uid: 2002, disabled: true }] })
    t.match(await readOf(target), {
      tools: [
        { name: '007', uid: 5003, disabled: undefined },
        { name: 'a-tool', uid: 5001, disabled: undefined },
        { name: 'b-tool', uid: 5002, disabled: /./ },
      ],
      administrators: [
        { name: 'kim', uid: 2002, disabled: /./ },
        { name: 'pat', uid: 2001, disabled: undefined },
      ],
      skipped: [],
    })
  })

  await t.test('sees an account come back, and go', async t => {
    await target.set({ tools: [{ name: 'a', uid: 5001, disabled: true }], administrators: [admin] })
    t.type((await readOf(target)).tools[0]?.disabled, 'string')
    await target.set({ tools: [{ name: 'a', uid: 5001 }], administrators: [admin] })
    t.strictSame((await readOf(target)).tools, [{ name: 'a', uid: 5001 }])
    await target.set({ tools: [], administrators: [admin] })
    t.strictSame(await readOf(target), { tools: [], administrators: [admin], skipped: [] })
  })

  await t.test('skips what can be no account, and all that collide, each with its reason', async t => {
    const tools = [
      { name: 'good', uid: 5001 },
      { name: 'twice', uid: 5002 },
      { name: 'twice', uid: 5003 },
      { name: 'one', uid: 5004 },
      { name: 'other', uid: 5004 },
      { name: 'system', uid: 33 },
      { name: 'no_body', uid: 5005 },
      { name: 'a*)(cn=x', uid: 5008 },
      { name: 'Upper', uid: 5006 },
      { name: 'pat', uid: 5007 },
    ]
    await target.set({ tools, administrators: [admin] })
    const { tools: listed, administrators, skipped } = await readOf(target)
    t.strictSame([listed, administrators], [[{ name: 'good', uid: 5001 }], [admin]])
    t.match(skipped, [
      { name: 'a*)(cn=x', reason: /cannot be a name/ },
      { name: 'no_body', reason: /cannot be a name/ },
      { name: 'one', reason: 'its uid 5004 is also that of other' },
      { name: 'other', reason: 'its uid 5004 is also that of one' },
      { name: 'pat', reason: /an administrator has this name/ },
      { name: 'system', reason: /its uid 33 is below 1000/ },
      { name: 'twice', reason: /there 2 times/ },
      { name: 'twice', reason: /there 2 times/ },
      { name: 'upper', reason: /"Upper" cannot be a name/ },
    ])
  })
}

async function failures(t: Test, target: DirectoryTarget) {
  await t.test('fails as a whole while it cannot be read, and goes on afterwards', async t => {
    await target.set({ tools: [{ name: 'a', uid: 5001 }], administrators: [admin] })
    const directory = target.open()
    t.teardown(() => directory.close())
    const read = () => directory.read({ signal: new AbortController().signal })
    t.strictSame(namesOf((await read()).tools), ['a'])
    await target.break()
    for (const _ of [1, 2]) await t.rejects(read(), DirectoryError)
    await target.mend()
    t.strictSame(namesOf((await read()).tools), ['a'])
  })

  await t.test('reads many times at once', async t => {
    const directory = target.open()
    t.teardown(() => directory.close())
    const reads = Array.from({ length: 8 }, () => directory.read({ signal: new AbortController().signal }))
    for (const { tools } of await Promise.all(reads)) t.strictSame(namesOf(tools), ['a'])
  })

  await t.test("ends a read with the signal's reason, and with an error when it is closed", async t => {
    const directory = target.open()
    const reason = new Error('enough')
    await t.rejects(directory.read({ signal: AbortSignal.abort(reason) }), reason)
    const aborting = new AbortController()
    const running = directory.read({ signal: aborting.signal })
    aborting.abort(reason)
    await t.rejects(running, reason)
    const last = directory.read({ signal: new AbortController().signal })
    await directory.close()
    await t.rejects(last, DirectoryError)
    await t.rejects(directory.read({ signal: new AbortController().signal }), DirectoryError)
    await directory.close()
  })
}

/** What a read gives, and when it fails. */
export const reading: DirectorySuite = async (t, target) => {
  await accounts(t, target)
  await failures(t, target)
}
