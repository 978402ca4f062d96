import t, { type Test } from 'tap'
import { Stopped } from '../../../src/cli/failure.ts'
import { createJobBoard } from '../../../src/cli/job-board.ts'
import type { Explanation } from '../../../src/contract/explain-schemas.ts'
import type { JobEvent } from '../../../src/contract/schemas.ts'
import { type Got, type RunCliOptions, runCli, type Said, shownJob, startCliService } from '../../support/cli.ts'
import { createTestClock } from '../../support/test-clock.ts'

const J = '/jobs/v1/tool/tf-test'
const messages = { info: [], warning: [], error: [] }
const job = (name: string, short: 'running' | 'failed' | 'succeeded', hints: string[] = []) =>
  shownJob(name, short, { status: { short, messages: hints, up_to_date: true, duration: '5s' } })
const stream = (...events: JobEvent[]): Said => ({
  pieces: events.map(event => `data: ${JSON.stringify(event)}\n\n`),
  open: true,
})

const start = async (t: Test, answer: (got: Got) => Said) => {
  const service = await startCliService(t, answer)
  /** Runs until this is written, then Ctrl-C. */
  const until = (last: RegExp, words: string, options: Partial<RunCliOptions> = {}) => {
    const stop = new AbortController()
    let written = ''
    const onWrite = (text: string) => {
      written += text
      if (last.test(written)) stop.abort(new Stopped(130))
    }
    return runCli(words.split(' '), {
      ...{ home: service.home, signal: stop.signal, onWrite, clock: createTestClock() },
      ...options,
    })
  }
  return { service, until, cli: (words: string) => runCli(words.split(' '), { home: service.home }) }
}

const changing = ({ path }: Got): Said => {
  if (!path.includes('/events')) return { json: { jobs: [job('a', 'running'), job('b', 'running')], messages } }
  return stream(
    { type: 'job', job: { ...job('a', 'running'), status_long: 'since long' } },
    { type: 'job', job: job('a', 'failed', ['Exit code 3\x1b[2J']) },
    { type: 'gone', name: 'b' },
    { type: 'gone', name: 'c' },
    { type: 'job', job: job('c', 'succeeded') },
  )
}

t.test('watch writes a line for each change, until Ctrl-C, which is no failure', async t => {
  const { until, service } = await start(t, changing)
  const ran = await until(/ c .*\n/, 'watch')
  t.same(ran, {
    code: 0,
    out: `2026-11-22T10:00:00Z a one-off Running for 5s
2026-11-22T10:00:00Z b one-off Running for 5s
2026-11-22T10:00:00Z a one-off Failed for 5s: Exit code 3\\x1b[2J
2026-11-22T10:00:00Z b gone
2026-11-22T10:00:00Z c one-off Succeeded for 5s
`,
    err: '',
  })
  t.same(
    service.got.map(({ path }) => path),
    [`${J}/events`, `${J}/jobs`],
  )
})

t.test('for programs each change is an object on a line', async t => {
  const { until } = await start(t, changing)
  const { out, code } = await until(/"c"/, 'watch -o json')
  t.equal(code, 0)
  const lines = out.trimEnd().split('\n')
  t.notMatch(out, '\x1b')
  t.match(
    lines.map(line => JSON.parse(line)),
    [
      { type: 'job', job: { name: 'a', status: { short: 'running' } } },
      { type: 'job', job: { name: 'b' } },
      { type: 'job', job: { name: 'a', status: { short: 'failed' } } },
      { type: 'gone', name: 'b' },
      { type: 'job', job: { name: 'c' } },
    ],
  )
})

t.test('on a terminal there is a table on a screen of its own, and what it showed last stays', async t => {
  const { until } = await start(t, changing)
  const { out, code } = await until(/c +one-off/, 'watch', {
    terminal: { columns: 80, rows: 5 },
    environment: { NO_COLOR: '1' },
  })
  t.equal(code, 0)
  t.ok(
    out.startsWith('\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[HJobs of tf-test at 2026-11-22T10:00:00Z (Ctrl-C ends)\x1b[K\r\n'),
  )
  t.ok(
    out.endsWith(
      '\x1b[?1049l' +
        'Job name  Job type  Status\na         one-off   Failed for 5s\nc         one-off   Succeeded for 5s\n',
    ),
  )
  t.notMatch(out, '\x1b[2J')
  const low = await until(/… and 2 more/, 'watch', { terminal: { columns: 80, rows: 4 } })
  t.equal(low.code, 0, 'no more lines than the terminal has room for')
})

t.test('one job can be watched, if there is one', async t => {
  const { until, cli, service } = await start(t, ({ path }) => {
    if (path.includes('/none')) return { status: 404, json: { error: ['no'], code: 'not_found', request_id: 'r' } }
    return path.includes('/events')
      ? stream({ type: 'job', job: job('a', 'failed') })
      : { json: { job: job('a', 'running') } }
  })
  t.match(await until(/Failed/, 'watch a'), { code: 0, out: /a one-off Running for 5s\n.* a one-off Failed for 5s\n$/ })
  t.equal(service.got[0]?.path, `${J}/events?name=a`)
  t.match(await cli('watch none'), { code: 1, out: '', err: 'ERROR: The tool tf-test has no job "none".\n' })
})

t.test('a refusal ends it', async t => {
  const { cli } = await start(t, () => ({ status: 403, json: { error: ['no'], code: 'not_allowed', request_id: 'r' } }))
  t.same(await cli('watch'), { code: 1, out: '', err: 'ERROR: no\n' })
})

t.test('a board tells what is different: not how long it has been so', async t => {
  const board = createJobBoard()
  t.equal(board.see({ type: 'all', jobs: [job('a', 'running'), job('b', 'running')] }).length, 2)
  const older = shownJob('a', 'running', {
    status: { short: 'running', messages: [], up_to_date: true, duration: '9s' },
  })
  t.same(board.see({ type: 'job', job: older }), [])
  t.equal(board.jobs()[0]?.status.duration, '9s')
  t.same(board.see({ type: 'silent' }), [])
  t.same(board.see({ type: 'all', jobs: [older] }), [{ type: 'gone', name: 'b' }])
  t.equal(board.jobs().length, 1)
})

const explanation: Explanation = {
  name: 'a',
  short: 'failed',
  summary: 'It used more memory than it may.\x1b[2J',
  code: 'out_of_memory',
  findings: [
    { object: 'job/a', says: 'failed' },
    { object: 'pod/a-1', says: 'ended by the kernel, exit code 137', since: '2026-11-22T10:00:00Z' },
  ],
  advice: ['Give it more memory.'],
  commands: ['toolforge-jobs run a --mem 1Gi'],
}

t.test('why tells the cause, how it was found, and what to do and to type', async t => {
  const { cli, service } = await start(t, () => ({ json: { explanation, messages } }))
  t.same(await cli('why a'), {
    code: 0,
    out: `Job a is failed: It used more memory than it may.\\x1b[2J

How it came
Object   Says                                Since
job/a    failed
pod/a-1  ended by the kernel, exit code 137  2026-11-22T10:00:00Z

What to do
- Give it more memory.

For that type
  toolforge-jobs run a --mem 1Gi
`,
    err: '',
  })
  t.same(JSON.parse((await cli('why a -o json')).out), explanation)
  t.equal(service.got[0]?.path, `${J}/jobs/a/explain`)
})

t.test('restart asks for one job, and passes on what the service says', async t => {
  const { cli, service } = await start(t, () => ({ json: { messages: { ...messages, info: ['It runs now.'] } } }))
  t.same(await cli('restart cron'), { code: 0, out: 'It runs now.\n', err: '' })
  t.match(service.got, [{ method: 'POST', path: `${J}/jobs/cron/restart`, headers: { 'content-length': '0' } }])
})
