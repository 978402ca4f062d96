import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  batchPath,
  jobNames,
  named,
  outputOf,
  roomy,
  run,
  startJobs,
  statusOf,
  untilStatus,
} from '../../support/jobs-api.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('a command reaches the shell as it was written', async t => {
  const { client } = await startJobs(t)
  const cmd = `echo '$$ $(HOME) $$(HOME)'; test $$ -gt 1 && echo "$(echo in)"; printf '%s\\n' 'a;b' "c d"`
  await run(client, { cmd })
  await untilStatus(client, 'succeeded')
  t.strictSame(await outputOf(client), ['$$ $(HOME) $$(HOME)', 'in', 'a;b', 'c d'])
  t.equal((await client.call('showJob', named('one'))).job.cmd, cmd)
})

t.test('a job that fails says why', async t => {
  const { client } = await startJobs(t)
  await run(client, { name: 'code', cmd: 'exit 3' })
  await run(client, { name: 'absent', cmd: './no-such-program' })
  t.match((await untilStatus(client, 'failed', 'code')).messages, [/^Exit code 3/])
  t.match((await untilStatus(client, 'failed', 'absent')).messages, [/^Exit code 127: the command was not found/])
  t.match((await client.call('showJob', named('code'))).job, { status_short: 'Failed' })
  await t.rejects(client.call('logs', named('code')), { status: 404, message: /does not have any logs available/ })
  await t.rejects(client.call('logsStream', named('code')), { message: /\S/, status: 404 })
  await t.rejects(client.call('jobLogs', named('code')), { message: /\S/, status: 404 })
})

t.test('a finished job gives way to one of its name, a running one does not', async t => {
  const { client, admin } = await startJobs(t)
  const uid = async () => {
    const { body } = await admin.call('GET', batchPath('jobs', 'one'))
    return body instanceof Object && 'metadata' in body && body.metadata instanceof Object && 'uid' in body.metadata
      ? body.metadata.uid
      : undefined
  }
  await run(client, { cmd: 'echo old' })
  await untilStatus(client, 'succeeded')
  const before = await uid()
  await run(client, { cmd: 'echo new; while :; do sleep 0.1; done' })
  t.not(await uid(), before)
  await untilStatus(client, 'running')
  await waitUntil('the new output', async () => (await outputOf(client).catch(() => [''])).includes('new'))
  t.strictSame(await outputOf(client), ['new'], "the old job's output is not its own")
  await t.rejects(run(client), { status: 409, code: 'exists', message: /^A job with the name 'one' exists already/ })
  t.strictSame(await jobNames(client), ['one'])
})

t.test('several at once replace a finished job with one of theirs', async t => {
  const { client } = await startJobs(t)
  await run(client)
  await untilStatus(client, 'succeeded')
  const all = await Promise.allSettled(
    ['a', 'b', 'c'].map(word => run(client, { cmd: `echo ${word}; while :; do sleep 0.1; done` })),
  )
  t.equal(all.filter(one => one.status === 'fulfilled').length, 1)
  for (const one of all) if (one.status === 'rejected') t.match(one.reason, { status: 409 })
})

t.test('a deleted job is gone from the list when the answer comes, and its processes end', async t => {
  const { client, home } = await startJobs(t)
  await run(client, { cmd: 'trap "touch stopped; exit" TERM; echo ready; while :; do sleep 0.1; done' })
  await waitUntil('it to be ready', async () => (await outputOf(client).catch(() => [])).length === 1)
  await client.call('deleteJob', named('one'))
  t.strictSame(await jobNames(client), [])
  await t.rejects(client.call('showJob', named('one')), { status: 404, message: "Job 'one' does not exist" })
  await t.rejects(client.call('deleteJob', named('one')), { status: 404, message: "Job 'one' does not exist" })
  await t.rejects(client.call('logs', named('one')), { message: /\S/, status: 404 })
  await waitUntil('the process to have got SIGTERM', () => {
    try {
      return readFileSync(join(home, 'stopped')).length === 0
    } catch {
      return false
    }
  })
})

t.test('a job that lacks quota says so, and starts by itself when there is some', async t => {
  const { client, setQuota } = await startJobs(t)
  await run(client, { name: 'c', cmd: 'true', cpu: '1' })
  await untilStatus(client, 'succeeded', 'c')
  await run(client, { name: 'a', cmd: 'while :; do sleep 0.1; done', cpu: '1' })
  await untilStatus(client, 'running', 'a')
  await setQuota({ 'limits.cpu': '1', 'requests.cpu': '1' })
  // A second look, since a quota counts late; what never fits is refused at once.
  const limits = { status: 403, code: 'quota', message: /limits\.cpu: asked for 1, used 1, limit 1; delete other jobs/ }
  await t.rejects(run(client, { name: 'b', cpu: '1' }), limits)
  // There was room when it was made.
  await client.call('restartJob', named('c'))
  const status = await waitUntil('job c to say why', async () => {
    const status = await statusOf(client, 'c')
    return status.messages.some(message => /quota/.test(message)) && status
  })
  t.match(status, { short: 'pending', messages: [/^Unable to start, out of quota for cpu; it starts by itself/] })
  t.match((await client.call('showJob', named('c'))).job, { status_short: 'Unable to start, out of quota for cpu' })
  const { explanation } = await client.call('explainJob', named('c'))
  t.match(explanation, { name: 'c', code: 'quota_exceeded' })
  await client.call('deleteJob', named('a'))
  await untilStatus(client, 'succeeded', 'c')
})

t.test('the oldest finished job makes room where there are too many, and no other', async t => {
  const { client, setQuota } = await startJobs(t)
  await setQuota({ ...roomy, 'count/jobs.batch': '2' })
  await run(client, { name: 'first', cmd: 'true' })
  await untilStatus(client, 'succeeded', 'first')
  await run(client, { name: 'second', cmd: 'while :; do sleep 0.1; done' })
  await run(client, { name: 'third', cmd: 'while :; do sleep 0.1; done' })
  t.strictSame(await jobNames(client), ['second', 'third'])
  await t.rejects(run(client, { name: 'fourth' }), { status: 403, code: 'quota', message: /count\/jobs\.batch/ })
  t.strictSame(await jobNames(client), ['second', 'third'])
})
