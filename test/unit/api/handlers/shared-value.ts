import t from 'tap'
import { createSharedValue } from '../../../../src/api/handlers/shared-value.ts'
import { createTestClock } from '../../../support/test-clock.ts'

function shared() {
  const clock = createTestClock()
  const errors: unknown[] = []
  const value = createSharedValue<string>({ fresh: 60_000, retry: 5000, clock, onError: error => errors.push(error) })
  return { clock, errors, get: value.get }
}

const never = () => Promise.reject(new Error('it was loaded again'))
const broken = () => Promise.reject(new Error('broken'))

t.test('a value is loaded once, and again when it is no longer fresh', async t => {
  const { clock, get } = shared()
  t.equal(await get(async () => 'one'), 'one')
  await clock.advance(59_999)
  t.equal(await get(never), 'one')
  await clock.advance(1)
  t.equal(await get(async () => 'two'), 'two')
})

t.test('callers at one time share one loading', async t => {
  const { get } = shared()
  const { promise, resolve } = Promise.withResolvers<string>()
  const all = Promise.all([get(() => promise), get(never), get(never)])
  resolve('one')
  t.strictSame(await all, ['one', 'one', 'one'])
})

t.test('who waited for a loading that failed tries by himself', async t => {
  const { get, errors } = shared()
  const first = get(broken)
  const second = get(async () => 'two')
  await t.rejects(first, { message: 'broken' })
  t.equal(await second, 'two')
  t.equal(errors.length, 1)
})

t.test('a value of before stands in for one that cannot be loaded, and is not asked for too soon', async t => {
  const { clock, get, errors } = shared()
  await get(async () => 'one')
  await clock.advance(60_000)
  t.equal(await get(broken), 'one')
  t.equal(await get(never), 'one')
  t.equal(errors.length, 1)
  await clock.advance(5000)
  t.equal(await get(async () => 'two'), 'two')
})

t.test('without a value of before the failure is the answer', async t => {
  const { get } = shared()
  await t.rejects(get(broken), { message: 'broken' })
  t.equal(await get(async () => 'one'), 'one')
})
