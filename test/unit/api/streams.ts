import t from 'tap'
import { jsonLine, until } from '../../../src/api/streams.ts'
import { waitUntil } from '../../support/wait-until.ts'

const forever = new AbortController().signal

async function* numbers(upTo: number) {
  for (let at = 1; at <= upTo; at++) yield at
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of source) all.push(value)
  return all
}

t.test('a line is JSON with one line end, the last, whatever alphabet it is of', async t => {
  const message = 'a\r\nb\u0085c\u2028d\u2029e\u000bf\u001cg"\\ Å €\u{1f600}'
  const line = jsonLine({ message })
  t.same(JSON.parse(line), { message })
  t.match(line, /^[^\n\r\v\f\x1c-\x1e\u0085\u2028\u2029]*\n$/)
})

t.test('values pass until the source ends', async t => {
  t.same(await collect(until(forever, numbers(3))), [1, 2, 3])
})

t.test('the signal ends it although the source hangs, and the source is closed', async t => {
  const stop = new AbortController()
  let closed = false
  const hanging: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: async () => {
        closed = true
        return { done: true, value: undefined }
      },
    }),
  }
  const all = collect(until(stop.signal, hanging))
  stop.abort()
  t.same(await all, [])
  t.ok(closed)
})

t.test('a signal that has fired before gives nothing', async t => {
  t.same(await collect(until(AbortSignal.abort(), numbers(3))), [])
})

t.test('what the source throws is thrown, and what it throws after the end is nobody’s', async t => {
  async function* broken() {
    yield 1
    throw new Error('broke')
  }
  await t.rejects(collect(until(forever, broken())), { message: 'broke' })
  const stop = new AbortController()
  const late = Promise.withResolvers<never>()
  const failing = { [Symbol.asyncIterator]: () => ({ next: () => late.promise }) }
  const all = collect(until(stop.signal, failing))
  stop.abort()
  t.same(await all, [])
  late.reject(new Error('too late'))
})

t.test('who stops reading closes the source', async t => {
  let closed = false
  async function* source() {
    try {
      yield* numbers(100)
    } finally {
      closed = true
    }
  }
  for await (const value of until(forever, source())) if (value === 2) break
  t.ok(await waitUntil('the source is closed', () => closed))
})
