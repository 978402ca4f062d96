import t from 'tap'
import type { LogSource } from '../../../../src/api/handlers/log-pages.ts'
import { linesOf, pageOf, urlOf } from '../../../../src/api/handlers/log-query.ts'
import { parseCursor } from '../../../../src/jobs/log-cursor.ts'

const now = Date.UTC(2026, 10, 22, 12)
const stamp = (line: number) => new Date(now - 3_600_000 + line * 1000).toISOString()

/** One pod with a line a second since an hour ago. */
const logOf = (count: number): LogSource => ({
  pods: [{ name: 'p', uid: 'u', container: 'job', hasEnded: false }],
  async *read(_, { sinceTime, tailLines = count }) {
    const skipped = Math.max(
      count - tailLines,
      sinceTime === undefined ? 0 : (Date.parse(sinceTime) - now) / 1000 + 3600,
    )
    for (let line = skipped; line < count; line++) yield `${stamp(line)} ${line}`
  },
})

t.test('the number of lines is 500 when nothing is said, and 5000 at most', async t => {
  t.strictSame([undefined, '7', 7, '0', '99999'].map(linesOf), [500, 7, 7, 1, 5000])
})

t.test('with a number of lines there is one page and no more', async t => {
  const page = await pageOf(logOf(2000), { lines: '3' }, now)
  t.strictSame(
    page.lines.map(({ message }) => message),
    ['1999', '1998', '1997'],
  )
  t.equal(page.next, undefined)
  const oldest = await pageOf(logOf(2000), { lines: 2, direction: 'oldest_first' }, now)
  t.strictSame(
    oldest.lines.map(({ message }) => message),
    ['1998', '1999'],
    'the newest lines, the other way round',
  )
})

t.test('without it the pages go on to the end, the later ones large, each address another', async t => {
  const first = await pageOf(logOf(6000), {}, now)
  t.equal(first.lines.length, 500)
  t.ok(first.next)
  if (!first.next) return
  const address = urlOf('one', first.next)
  const query = new URL(address, 'https://h/').searchParams
  t.ok(address.startsWith('/job/one/logs?direction=newest_first&cursor='))
  const second = await pageOf(logOf(6000), { cursor: query.get('cursor') ?? '' }, now)
  t.equal(second.lines.length, 5000)
  t.equal(second.lines[0]?.message, '5499')
  t.ok(second.next)
  if (!second.next) return
  t.not(urlOf('one', second.next), address)
  const third = await pageOf(
    logOf(6000),
    { cursor: new URL(urlOf('one', second.next), 'https://h/').searchParams.get('cursor') ?? '' },
    now,
  )
  t.equal(third.lines.length, 500)
  t.equal(third.lines.at(-1)?.message, '0')
  t.equal(third.next, undefined)
})

t.test('a cursor keeps the moments that the first page meant', async t => {
  const first = await pageOf(logOf(3600), { since: '30m', until: '1m', direction: 'oldest_first' }, now)
  t.equal(first.lines[0]?.message, '1800')
  t.ok(first.next)
  if (!first.next) return
  const cursor = new URL(urlOf('one', first.next), 'https://h/').searchParams.get('cursor') ?? ''
  t.strictSame(parseCursor(cursor), {
    time: '2026-11-22T11:38:20.000000000',
    pod: 'u',
    line: 0,
    newest_first: false,
    since: now - 1_800_000,
    until: now - 60_000,
  })
  const later = await pageOf(logOf(3600), { cursor, since: '5s' }, now + 600_000)
  t.equal(later.lines[0]?.message, '2300')
  t.equal(later.lines.at(-1)?.message, '3540')
})

t.test('a cursor holds when its pod is gone', async t => {
  const first = await pageOf(logOf(600), {}, now)
  t.ok(first.next)
  if (!first.next) return
  const cursor = urlOf('one', first.next).split('cursor=')[1] ?? ''
  const others = { ...logOf(600), pods: [{ name: 'q', uid: 'v', container: 'job', hasEnded: false }] }
  const { lines } = await pageOf(others, { cursor }, now)
  t.match(lines, { length: 100, 0: { pod: 'q', message: '99' } })
  await t.rejects(pageOf(logOf(600), { cursor: '2' }, now), { code: 'bad_request', message: /^cursor: / })
})

t.test('the address of a page is short, however long its parts are', async t => {
  const most = { since: -8.64e15, until: 8.64e15, newest_first: false, line: Number.MAX_SAFE_INTEGER }
  const address = urlOf('one', { ...most, time: '2026-11-22T11:38:20.000000000', pod: 'u'.repeat(128) })
  t.ok((address.split('cursor=')[1] ?? '').length <= 512)
})

t.test('while several pods write, pages from the oldest on leave the last seconds to the next', async t => {
  const at = (ago: number, text: string) => `${new Date(now - ago).toISOString()} ${text}`
  const texts = Array.from({ length: 501 }, (_, line) => at(line < 400 ? 60_000 : 1000, `${line}`))
  const source = (live: number): LogSource => ({
    pods: ['u', 'v'].map((uid, pod) => ({ name: uid, uid, container: 'job', hasEnded: pod >= live })),
    async *read({ uid }) {
      if (uid === 'u') yield* texts
    },
  })
  t.equal((await pageOf(source(2), { direction: 'oldest_first' }, now)).lines.length, 400)
  t.equal((await pageOf(source(1), { direction: 'oldest_first' }, now)).lines.length, 500)
})
