import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { collect, named, outputOf, params, run, startJobs, untilStatus } from '../../support/jobs-api.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('a job runs, says what it does, and its output can be read in all ways', async t => {
  const { client, raw, home } = await startJobs(t)
  const { job: made } = await run(client, { cmd: 'echo hello "$HOME"; pwd; echo error >&2', retry: '1' })
  t.match(made, { name: 'one', job_type: 'one-off', image_state: 'stable', retry: 1, status: { up_to_date: true } })
  const status = await untilStatus(client, 'succeeded')
  t.match(status, { messages: [], duration: /^\d+s$/ })
  const { jobs } = await client.call('listJobs', { params })
  t.match(jobs, [
    { name: 'one', status: { short: 'succeeded' }, status_short: 'Completed', emails: 'none', mount: 'all' },
  ])

  const expected = [`hello ${home}`, home, 'error'].sort()
  t.strictSame((await outputOf(client)).sort(), expected)
  const { data } = await client.call('logs', named('one'))
  t.strictSame(data.logs.map(({ message }) => message).sort(), expected)
  t.notOk('next' in data)
  for (const line of data.logs) t.match(line, { datetime: /^\d{4}-\d\d-\d\dT.*Z$/, pod: /^one-/, container: 'job' })
  const stream = await collect(await client.call('logsStream', named('one')))
  t.strictSame(stream.map(({ message }) => message).sort(), expected)
  const { headers, lines } = await raw.stream('/logs/v1/tool/tf-test/job/one/logs_stream')
  t.equal(headers['content-type'], 'application/x-ndjson')
  t.equal((await collect(lines)).length, 3)
})

t.test('output to files is appended, and read back from them', async t => {
  const { client, home } = await startJobs(t)
  const { job: made } = await run(client, {
    cmd: 'echo out; echo err >&2',
    filelog: null,
    filelog_stderr: 'e $(x).log',
  })
  t.match(made, { filelog: true, filelog_stdout: 'one.out', filelog_stderr: 'e $(x).log' })
  await untilStatus(client, 'succeeded')
  t.equal(readFileSync(join(home, 'one.out'), 'utf8'), 'out\n')
  t.equal(readFileSync(join(home, 'e $(x).log'), 'utf8'), 'err\n')
  t.strictSame(await outputOf(client), ['out', 'err'])
  const followed = await client.call('jobLogs', { ...named('one'), query: { follow: 'true', lines: '1' } })
  t.match(await collect(followed), [
    { pod: 'one.out', message: 'out' },
    { container: 'stderr', message: 'err' },
  ])
  for (const id of ['logs', 'logsStream'] as const)
    await t.rejects(client.call(id, named('one')), {
      status: 404,
      message: "Job 'one' does not have any logs available",
    })
})

t.test('a followed file log ends with its job', async t => {
  const { client, home } = await startJobs(t)
  await run(client, { cmd: 'echo first; while test ! -e go; do sleep 0.1; done; echo last', filelog: true })
  const lines: string[] = []
  const seen = (async () => {
    for await (const { message } of await client.call('jobLogs', { ...named('one'), query: { follow: true } }))
      lines.push(message)
  })()
  await waitUntil('the first line', () => lines.length === 1)
  writeFileSync(join(home, 'go'), '')
  await seen
  t.strictSame(lines, ['first', 'last'])
})

t.test('a stream waits for a job that has not begun, shows lines as they come, and ends with it', async t => {
  const { client } = await startJobs(t)
  await run(client, { cmd: 'echo first; while test ! -e go; do sleep 0.1; done; echo last' })
  const lines: string[] = []
  for await (const { message } of await client.call('logsStream', named('one'))) {
    lines.push(message)
    if (message === 'first') await run(client, { name: 'two', cmd: 'touch go' })
  }
  t.strictSame(lines, ['first', 'last'])
  t.match(await untilStatus(client, 'succeeded'), { messages: [] })
})

t.test('a job that is tried again succeeds when its second attempt does, and both are in its log', async t => {
  const { client } = await startJobs(t)
  await run(client, { cmd: 'echo attempt; test -e again || { touch again; exit 3; }', retry: 1 })
  const stream = await collect(await client.call('logsStream', named('one')))
  t.strictSame(
    stream.map(({ message }) => message),
    ['attempt', 'attempt'],
  )
  t.equal(new Set(stream.map(({ pod }) => pod)).size, 2)
  const status = await untilStatus(client, 'succeeded')
  t.match(status.messages, [/^Attempt 2 of 2; the one before: Exit code 3/])
  const { data } = await client.call('logs', named('one'))
  t.equal(data.logs.length, 2)
  t.ok(data.logs.every(({ datetime }, at) => at === 0 || datetime <= (data.logs[at - 1]?.datetime ?? '')))
})

t.test('the pages of a log lead from the newest line to the oldest', async t => {
  const { client, raw } = await startJobs(t)
  await run(client, { cmd: 'i=0; while test $i -lt 700; do echo $i; i=$((i+1)); done' })
  await untilStatus(client, 'succeeded')
  const first = await client.call('logs', { ...named('one'), query: { direction: 'newest_first' } })
  t.equal(first.data.logs.length, 500)
  t.match(first.data.logs[0], { message: '699' })
  const address = first.data.next?.url ?? ''
  t.match(address, /^\/job\/one\/logs\?/)
  const second = await raw.call('GET', `/logs/v1/tool/tf-test${address}`)
  t.match(second, {
    status: 200,
    body: { data: { logs: { length: 200, 0: { message: '199' }, 199: { message: '0' } } } },
  })
  t.notOk(JSON.stringify(second.body).includes('"next"'))

  const few = await client.call('logs', { ...named('one'), query: { lines: '3' } })
  t.strictSame(
    few.data.logs.map(({ message }) => message),
    ['699', '698', '697'],
  )
  t.notOk('next' in few.data)
  const recent = await client.call('logs', { ...named('one'), query: { since: '1h', lines: 1 } })
  t.equal(recent.data.logs.length, 1)
  await t.rejects(client.call('logs', { ...named('one'), query: { until: '1h' } }), { message: /\S/, status: 404 })
  await t.rejects(client.call('logs', { ...named('one'), query: { cursor: 'odd' } }), {
    status: 400,
    message: /^cursor/,
  })
  await t.rejects(client.call('logs', { ...named('one'), query: { since: 'odd' } }), { status: 400, message: /^since/ })
  const over = { ...named('one'), query: { until: '1h' } }
  await t.rejects(client.call('logsStream', over), { status: 404, message: /does not have any logs available/ })
  const tail = await collect(await client.call('jobLogs', { ...named('one'), query: { lines: 2 } }))
  t.strictSame(
    tail.map(({ message }) => message),
    ['698', '699'],
  )
})
