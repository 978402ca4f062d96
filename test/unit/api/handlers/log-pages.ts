import fc from 'fast-check'
import t from 'tap'
import {
  type LogPage,
  type LogSource,
  newestLines,
  pageBackwards,
  pageForwards,
} from '../../../../src/api/handlers/log-pages.ts'
import type { LogPosition } from '../../../../src/jobs/log-position.ts'
import { aLogPod, stampAt, start, stillLogs } from '../../../support/pod-logs.ts'

const at = (seconds: number, text: string) => `${stampAt(seconds * 1e9)} ${text}`
const textOf = ({ lines }: Pick<LogPage, 'lines'>) => lines.map(({ message }) => message)
const newestOf = async (source: LogSource, most: number) => textOf(await newestLines(source, { most, window: {} }))

/** Three pods that write by turns. */
const mixed = () =>
  stillLogs([
    [at(1, 'a1'), at(4, 'a4'), at(7, 'a7')],
    [at(2, 'b2'), at(5, 'b5'), at(8, 'b8')],
    [at(3, 'c3'), at(6, 'c6'), at(9, 'c9')],
  ])

t.test('D17: so many of the newest lines, over all pods, the newest first', async t => {
  t.strictSame(await newestOf(mixed(), 4), ['c9', 'b8', 'a7', 'c6'])
  t.strictSame(await newestOf(mixed(), 100), ['c9', 'b8', 'a7', 'c6', 'b5', 'a4', 'c3', 'b2', 'a1'])
  const { lines } = await newestLines(mixed(), { most: 1, window: {} })
  t.strictSame(lines, [{ datetime: stampAt(9e9), pod: 'pod-u2', container: 'job', message: 'c9' }])
  t.strictSame(await newestOf(stillLogs([]), 3), [])
  t.strictSame(await newestOf(stillLogs([[], [at(1, 'x')]]), 3), ['x'])
})

t.test('of each pod no more is read than was asked for', async t => {
  const log = mixed()
  await newestLines(log, { most: 2, window: {} })
  t.strictSame(log.asked, [
    { uid: 'u0', tailLines: 2 },
    { uid: 'u1', tailLines: 2 },
    { uid: 'u2', tailLines: 2 },
  ])
})

t.test('where the last second has more lines than were asked for, all of it is read to go on from', async t => {
  const lines = Array.from({ length: 10 }, (_, line) => at(line < 2 ? 1 : 2, `${line}`))
  const log = stillLogs([lines])
  const { lines: newest, read } = await newestLines(log, { most: 3, window: {} })
  t.strictSame(textOf({ lines: newest }), ['9', '8', '7'])
  t.strictSame(log.asked.slice(1), [{ uid: 'u0', sinceTime: '2026-11-22T10:00:02Z' }])
  t.equal(read.get('u0')?.inLastSecond, 8)
})

t.test('a window bounds the lines at both ends', async t => {
  const window = { since: start + 2500, until: start + 6000 }
  const log = mixed()
  t.strictSame(textOf(await newestLines(log, { most: 3, window })), ['c6', 'b5', 'a4'])
  t.strictSame(log.asked[0], { uid: 'u0', sinceTime: '2026-11-22T10:00:02Z' })
  t.strictSame(textOf(await pageBackwards(mixed(), { size: 9, window })), ['c6', 'b5', 'a4', 'c3'])
  t.strictSame(textOf(await pageForwards(mixed(), { size: 9, window })), ['c3', 'a4', 'b5', 'c6'])
})

t.test('a last page says that it is the last, also when it is full', async t => {
  for (const page of [pageBackwards, pageForwards]) {
    t.equal((await page(mixed(), { size: 9, window: {} })).next, undefined)
    t.strictSame(await page(stillLogs([]), { size: 4, window: {} }), { lines: [] })
    t.strictSame(await page(stillLogs([[], []]), { size: 4, window: {} }), { lines: [] })
    t.ok((await page(mixed(), { size: 8, window: {} })).next)
  }
})

interface Walk {
  page: typeof pageBackwards
  size: number
  /** The logs as they are when a page is asked for. */
  source: (page: number) => LogSource
}

async function allPages({ page, size, source }: Walk): Promise<string[]> {
  const texts: string[] = []
  let from: LogPosition | undefined
  for (let pages = 0; pages < 200; pages++) {
    const { lines, next } = await page(source(pages), { size, window: {}, ...(from === undefined ? {} : { from }) })
    if (lines.length > size) throw new Error('a page has too many lines')
    if (lines.length === 0 && next !== undefined) throw new Error('a page without lines goes on')
    texts.push(...textOf({ lines }))
    if (next === undefined) return texts
    from = next
  }
  throw new Error('the pages do not end')
}

/** Nanoseconds between lines: most of one moment or almost, some a little back, as when two outputs race. */
const step = fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 5 }), fc.integer({ min: 0, max: 3_000_000_000 }))
const podLogs = fc.array(fc.array(step, { maxLength: 12 }), { maxLength: 12 }).map(all =>
  all.map((steps, pod) => {
    let now = 1e9
    return steps.map((more, line) => {
      now += more
      return `${stampAt(now)} ${pod}.${line}`
    })
  }),
)

/** All lines in the order of time; those of one pod stay in theirs, so that a time that goes back counts as the one before. */
function inOrder(logs: readonly (readonly string[])[]): string[] {
  const all = logs.flatMap((lines, pod) => {
    let latest = ''
    return lines.map((text, line) => {
      const time = text.slice(0, 29)
      if (time > latest) latest = time
      return { latest, pod: `u${pod}`, line, text: text.slice(31) }
    })
  })
  const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))
  all.sort((a, b) => compare(a.latest, b.latest) || compare(a.pod, b.pod) || a.line - b.line)
  return all.map(({ text }) => text)
}

t.test('the pages together are the lines of all pods, each once and in order, whatever their size', async () => {
  await fc.assert(
    fc.asyncProperty(podLogs, fc.integer({ min: 1, max: 9 }), async (logs, size) => {
      const expected = inOrder(logs).join()
      const source = () => stillLogs(logs)
      const forwards = await allPages({ page: pageForwards, size, source })
      const backwards = await allPages({ page: pageBackwards, size, source })
      return forwards.join() === expected && backwards.toReversed().join() === expected
    }),
  )
})

const goesBack = (lines: readonly string[]): boolean =>
  lines.some((line, at) => line.slice(0, 29) < (lines[at - 1] ?? '').slice(0, 29))

t.test('the newest are the last of all lines, and of each pod its last ones in their order', async () => {
  await fc.assert(
    fc.asyncProperty(podLogs, fc.integer({ min: 1, max: 9 }), async (logs, size) => {
      const all = inOrder(logs)
      const newest = (await newestOf(stillLogs(logs), size)).reverse()
      // Where times go back, what was not read may have been later than what was.
      if (!logs.some(goesBack) && newest.join() !== all.slice(-size).join()) return false
      const isEnd = (lines: readonly string[], pod: number) => {
        const shown = newest.filter(text => text.startsWith(`${pod}.`))
        return (
          shown.join() ===
          lines
            .map(line => line.slice(31))
            .slice(lines.length - shown.length)
            .join()
        )
      }
      return newest.length === Math.min(size, all.length) && logs.every(isEnd)
    }),
  )
})

t.test('pages back are not moved by what comes meanwhile, pods that come and pods that go', async () => {
  await fc.assert(
    fc.asyncProperty(podLogs, fc.integer({ min: 1, max: 9 }), async (logs, size) => {
      const source = (page: number) => {
        const late = stampAt(3_600_000_000_000 + page)
        const more = logs.map(lines => [...lines, ...(page === 0 ? [] : [`${late} late`])])
        return stillLogs(page === 0 ? more : [...more, [`${late} another`]])
      }
      const backwards = await allPages({ page: pageBackwards, size, source })
      return backwards.reverse().join() === inOrder(logs).join()
    }),
  )
  const gone = { ...mixed(), pods: mixed().pods.slice(0, 1) }
  const { next: from } = await pageBackwards(mixed(), { size: 2, window: {} })
  t.ok(from)
  if (from) t.strictSame(textOf(await pageBackwards(gone, { size: 2, window: {}, from })), ['a7', 'a4'])
})

t.test('a page back reads a log no further than it must', async t => {
  const log = stillLogs([Array.from({ length: 100 }, (_, line) => at(line, `${line}`))])
  const from = { time: stampAt(10e9).slice(0, -1), pod: 'u0', line: 0 }
  t.strictSame(textOf(await pageBackwards(log, { size: 2, window: {}, from })), ['9', '8'])
  t.equal(log.taken, 11)
})

t.test('before a page goes on, what is not settled yet is left to the next', async t => {
  const settled = stampAt(4.5e9).slice(0, -1)
  const first = await pageForwards(mixed(), { size: 6, window: {}, settled })
  t.strictSame(textOf(first), ['a1', 'b2', 'c3', 'a4'])
  t.match(first.next, { pod: 'u1', line: 0 })
  const all = await pageForwards(mixed(), { size: 9, window: {}, settled })
  t.equal(all.lines.length, 9, 'the last page has all')
  const { next: from } = first
  if (from === undefined) return
  const later = await pageForwards(mixed(), { size: 2, window: {}, settled, from })
  t.strictSame(textOf(later), ['b5', 'c6'], 'a page is never empty')
})

t.test('a page of long lines ends early, and the next goes on', async t => {
  const long = 'x'.repeat(1024 * 1024)
  const log: LogSource = {
    pods: [aLogPod('u')],
    async *read() {
      for (let line = 0; line < 10; line++) yield at(line, `${line}${long}`)
    },
  }
  const backwards = await pageBackwards(log, { size: 100, window: {} })
  t.strictSame(
    textOf(backwards).map(text => text[0]),
    ['9', '8', '7'],
  )
  t.match(backwards.next, { time: stampAt(7e9).slice(0, -1), line: 0 })
  const forwards = await pageForwards(log, { size: 100, window: {} })
  t.strictSame(
    textOf(forwards).map(text => text[0]),
    ['0', '1', '2'],
  )
  t.match(forwards.next, { time: stampAt(3e9).slice(0, -1), line: 0 })
  t.equal((await newestLines(log, { most: 100, window: {} })).lines.length, 3)
})
