import t from 'tap'
import { logPages } from '../../../src/cli/log-pages.ts'
import type { Reply } from '../../../src/contract/operations.ts'

const messages = { info: [], warning: [], error: [] }
const line = (message: string) => ({ datetime: '', pod: 'p', container: 'job', message })
const page = (texts: string[], url?: string): Reply<'logs'> => ({
  data: { logs: texts.map(line), ...(url === undefined ? {} : { next: { url } }) },
  messages,
})

t.test('pages of newest lines become lines from the oldest on', async t => {
  const asked: object[] = []
  const pages = [
    page(['5', '4'], '/job/x/logs?direction=newest_first&cursor=a%2Bb'),
    page(['3', '2'], '?cursor=c'),
    page(['1']),
  ]
  const all = await logPages({ since: '2h' }, async query => {
    asked.push(query)
    return pages[asked.length - 1] ?? page([])
  })
  t.same(
    (await Array.fromAsync(all)).map(({ message }) => message),
    ['1', '2', '3', '4', '5'],
  )
  t.same(asked, [
    { since: '2h', direction: 'newest_first' },
    { since: '2h', direction: 'newest_first', cursor: 'a+b' },
    { since: '2h', direction: 'newest_first', cursor: 'c' },
  ])
})

t.test('a service that gives one page for ever is not asked for ever', async t => {
  await t.rejects(
    logPages({}, async () => page(['1'], '?cursor=same')),
    { message: /same page of the log twice/, exitCode: 2 },
  )
  const empty = await logPages({}, async () => page([], '?cursor=x'))
  t.same(await Array.fromAsync(empty), [])
})
