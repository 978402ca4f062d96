import fc from 'fast-check'
import t from 'tap'
import {
  type LogPage,
  type LogPosition,
  type LogSource,
  newestLines,
  pageBackwards,
  pageForwards,
} from '../../../../src/api/handlers/log-pages.ts'

const second = (count: number) => new Date(Date.UTC(2026, 10, 22) + count * 1000).toISOString()
const momentOf = (count: number) => Date.parse(second(count))

interface Log extends LogSource {
  /** What was asked of the cluster. */
  readonly asked: object[]
  /** Lines that were taken from it. */
  taken: number
}

/** Pods with so many lines each, one line a second, as a cluster gives them. */
function logOf(...counts: number[]): Log {
  let clock = 0
  const texts = counts.map((count, pod) =>
    Array.from({ length: count }, (_, line) => `${second(clock++)} ${pod}.${line}`),
  )
  const log: Log = {
    asked: [],
    taken: 0,
    pods: counts.map((_, pod) => ({ name: `pod-${pod}`, uid: `uid-${pod}` })),
    async *read({ name, uid }, part) {
      log.asked.push({ name, ...part })
      const all = texts[Number(uid.slice(4))] ?? []
      const { sinceTime = '', tailLines = all.length } = part
      const since = all.filter(text => Date.parse(text.slice(0, 24)) >= (Date.parse(sinceTime) || 0))
      for (const text of tailLines === 0 ? [] : since.slice(-tailLines)) {
        log.taken++
        yield text
      }
    },
  }
  return log
}

const textOf = ({ lines }: Pick<LogPage, 'lines'>) => lines.map(({ message }) => message)

t.test('the newest lines come first, over all pods', async t => {
  const lines = await newestLines(logOf(2, 0, 3), { most: 10, window: {} })
  t.strictSame(textOf({ lines }), ['2.2', '2.1', '2.0', '0.1', '0.0'])
  t.match(lines[0], { datetime: second(4), pod: 'pod-2', container: 'job' })
})

t.test('no more is read than was asked for', async t => {
  const log = logOf(100, 3)
  t.strictSame(textOf({ lines: await newestLines(log, { most: 5, window: {} }) }), [
    '1.2',
    '1.1',
    '1.0',
    '0.99',
    '0.98',
  ])
  t.strictSame(log.asked, [
    { name: 'pod-1', tailLines: 5 },
    { name: 'pod-0', tailLines: 2 },
  ])
  const newest = logOf(100, 3)
  await newestLines(newest, { most: 3, window: {} })
  t.equal(newest.asked.length, 1, 'older pods are left alone')
})

t.test('a window bounds the lines at both ends', async t => {
  const window = { since: momentOf(2) + 500, until: momentOf(5) }
  const log = logOf(4, 4)
  t.strictSame(textOf({ lines: await newestLines(log, { most: 2, window }) }), ['1.1', '1.0'])
  t.strictSame(log.asked, [{ name: 'pod-1', sinceTime: '2026-11-22T00:00:02Z' }])
  t.strictSame(textOf(await pageBackwards(logOf(4, 4), { size: 9, window })), ['1.1', '1.0', '0.3'])
  t.strictSame(textOf(await pageForwards(logOf(4, 4), { size: 9, window })), ['0.3', '1.0', '1.1'])
})

t.test('a last page says that it is the last, also when it is full', async t => {
  for (const page of [pageBackwards, pageForwards]) {
    t.equal((await page(logOf(2, 3), { size: 5, window: {} })).next, undefined)
    t.not((await page(logOf(2, 3), { size: 4, window: {} })).next, undefined)
    t.strictSame(await page(logOf(), { size: 4, window: {} }), { lines: [] })
    t.strictSame(await page(logOf(0, 0), { size: 4, window: {} }), { lines: [] })
    t.equal((await page(logOf(0, 2), { size: 2, window: {} })).next, undefined, 'nothing but empty logs before')
  }
})

async function allPages(page: typeof pageBackwards, counts: number[], size: number): Promise<string[]> {
  const texts: string[] = []
  let from: LogPosition | undefined
  for (let pages = 0; pages < 100; pages++) {
    const { lines, next } = await page(logOf(...counts), { size, window: {}, ...(from === undefined ? {} : { from }) })
    if (lines.length === 0 && next !== undefined) throw new Error('a page without lines that goes on')
    texts.push(...textOf({ lines }))
    if (next === undefined) return texts
    from = next
  }
  throw new Error('the pages do not end')
}

t.test('the pages of a log together are the log, whatever their size', async () => {
  const counts = fc.array(fc.nat({ max: 12 }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(counts, fc.integer({ min: 1, max: 8 }), async (counts, size) => {
      const all = counts.flatMap((count, pod) => Array.from({ length: count }, (_, line) => `${pod}.${line}`)).join()
      const forwards = await allPages(pageForwards, counts, size)
      const backwards = await allPages(pageBackwards, counts, size)
      return forwards.join() === all && backwards.reverse().join() === all
    }),
  )
})

t.test('lines that come meanwhile do not move the pages', async t => {
  const { next: from } = await pageBackwards(logOf(6), { size: 2, window: {} })
  t.ok(from)
  if (from) t.strictSame(textOf(await pageBackwards(logOf(9), { size: 2, window: {}, from })), ['0.3', '0.2'])
})

t.test('a page back reads a log no further than it must', async t => {
  const log = logOf(100)
  await pageBackwards(log, { size: 2, window: {}, from: { pod: 'uid-0', line: 10 } })
  t.equal(log.taken, 11)
})

t.test('a page of long lines ends early, and the next goes on', async t => {
  const long = 'x'.repeat(1024 * 1024)
  const log: LogSource = {
    pods: [{ name: 'p', uid: 'u' }],
    async *read() {
      for (let line = 0; line < 10; line++) yield `${second(line)} ${line}${long}`
    },
  }
  const backwards = await pageBackwards(log, { size: 100, window: {} })
  t.strictSame(
    textOf(backwards).map(text => text[0]),
    ['9', '8', '7'],
  )
  t.strictSame(backwards.next, { pod: 'u', line: 7 })
  const forwards = await pageForwards(log, { size: 100, window: {} })
  t.strictSame(
    textOf(forwards).map(text => text[0]),
    ['0', '1', '2', '3'],
  )
  t.strictSame(forwards.next, { pod: 'u', line: 4 })
  t.equal((await newestLines(log, { most: 100, window: {} })).length, 3)
})
