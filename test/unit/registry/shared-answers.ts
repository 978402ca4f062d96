import t from 'tap'
import { createSharedAnswers } from '../../../src/registry/shared-answers.ts'
import { createTestClock } from '../../support/test-clock.ts'

function world(most = 10) {
  const clock = createTestClock()
  const answers = createSharedAnswers<string | undefined>({ clock, fresh: 1000, most })
  const asked: string[] = []
  const get = (key: string, answer: () => Promise<string | undefined> = async () => `${key}${asked.length}`) =>
    answers.get(key, () => {
      asked.push(key)
      return answer()
    })
  return { clock, answers, asked, get }
}

t.test('an answer is asked for again when it is no longer fresh', async t => {
  const { clock, asked, get } = world()
  t.equal(await get('a'), 'a1')
  await clock.advance(999)
  t.equal(await get('a'), 'a1')
  t.equal(await get('b'), 'b2', 'another key has an answer of its own')
  await clock.advance(1)
  t.equal(await get('a'), 'a3')
  t.strictSame(asked, ['a', 'b', 'a'])
})

t.test('all who wait get the one answer, however long it takes', async t => {
  const { clock, asked, get } = world()
  const { promise, resolve } = Promise.withResolvers<string>()
  const waiting = [get('a', () => promise), get('a')]
  await clock.advance(60_000)
  waiting.push(get('a'))
  resolve('late')
  t.strictSame(await Promise.all(waiting), ['late', 'late', 'late'])
  t.equal(await get('a'), 'late', 'fresh from when it came')
  t.strictSame(asked, ['a'])
})

t.test('a failure, and that there is nothing, are not kept', async t => {
  const { answers, asked, get } = world()
  const fail = async () => {
    throw new Error('no')
  }
  await t.rejects(get('a', fail), { message: 'no' })
  t.equal(await get('a', async () => undefined), undefined)
  t.equal(answers.size, 0)
  t.equal(await get('a'), 'a3')
  t.equal(asked.length, 3)
})

t.test('the oldest answers go when there are too many', async t => {
  const { answers, asked, get } = world(2)
  for (const key of ['a', 'b', 'c']) await get(key)
  t.equal(answers.size, 2)
  await get('c')
  await get('b')
  t.equal(asked.length, 3)
  await get('a')
  t.equal(asked.length, 4)
})

t.test('a question whose place was taken does not disturb the next', async t => {
  const { answers, get } = world(1)
  const { promise, reject } = Promise.withResolvers<string>()
  const first = get('a', () => promise)
  await get('b')
  t.equal(await get('a'), 'a3')
  reject(new Error('late'))
  await t.rejects(first, { message: 'late' })
  t.equal(answers.size, 1)
  t.equal(await get('a'), 'a3')
})
