import t from 'tap'
import { withDeadline } from '../../../src/platform/deadline.ts'

const late = () => new Error('late')
const never = new Promise<never>(() => {})

t.test('what is in time is given, and its own error too', async t => {
  t.equal(await withDeadline({ milliseconds: 60_000, late }, async () => 7), 7)
  await t.rejects(
    withDeadline({ milliseconds: 60_000, late }, () => Promise.reject(new Error('own'))),
    /own/,
  )
})

t.test('what does not even react to its signal is given up', async t => {
  let seen: unknown
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => {
      seen = signal.reason
    })
    return never
  }
  await t.rejects(withDeadline({ milliseconds: 1, late }, work), /late/)
  t.match(seen, /late/)
})

t.test("the caller's abort ends it with the caller's reason", async t => {
  const controller = new AbortController()
  const waiting = withDeadline({ milliseconds: 60_000, late, signal: controller.signal }, () => never)
  controller.abort(new Error('enough'))
  await t.rejects(waiting, /enough/)
  let begun = false
  const work = async () => {
    begun = true
  }
  await t.rejects(withDeadline({ milliseconds: 60_000, late, signal: controller.signal }, work), /enough/)
  t.equal(begun, false)
})

t.test("a late failure of what was given up is nobody's", async t => {
  const work = Promise.withResolvers<void>()
  await t.rejects(
    withDeadline({ milliseconds: 1, late }, () => work.promise),
    /late/,
  )
  work.reject(new Error('too late to matter'))
  await new Promise(resolve => setImmediate(resolve))
  t.pass()
})
