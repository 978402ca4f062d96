import t, { type Test } from 'tap'
import type { JobEvent } from '../../../src/contract/schemas.ts'
import { batchPath, job, named, params, roomy, run, startJobs, untilStatus } from '../../support/jobs-api.ts'
import { at } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'

const path = '/jobs/v1/tool/tf-test/events'

/** The events of a tool as they come, until the test ends. */
async function follow(t: Test, { raw }: Pick<Awaited<ReturnType<typeof startJobs>>, 'raw'>, query = '') {
  const { status, headers, lines, close } = await raw.stream(`${path}${query}`)
  t.equal(status, 200)
  t.match(headers['content-type'], /^text\/event-stream/)
  const events: JobEvent[] = []
  const state = { ended: false }
  void (async () => {
    for await (const line of lines) if (line.startsWith('data:')) events.push(JSON.parse(line.slice(5)))
    state.ended = true
  })().catch(() => {
    state.ended = true
  })
  t.teardown(close)
  /** Each state of a job once, in its order. */
  const statesOf = (name: string) =>
    events.flatMap(event => {
      if (event.type === 'gone') return event.name === name ? ['gone'] : []
      return event.job.name === name ? [event.job.status.short] : []
    })
  return { events, state, statesOf }
}

t.test('the state comes first, then each change once, and that a job is gone', async t => {
  const api = await startJobs(t)
  const { client } = api
  await api.setQuota(roomy)
  await run(client, { name: 'cron', schedule: '@yearly' })
  const { events, statesOf } = await follow(t, api)
  await waitUntil('the state', () => events.length > 0)
  t.match(events, [{ type: 'job', job: { name: 'cron', status: { short: 'pending' } } }])
  await run(client, { cmd: 'sleep 1' })
  await untilStatus(client, 'succeeded')
  await waitUntil('its end', () => statesOf('one').includes('succeeded'))
  // A state that lasts for a moment only may go untold.
  const order = ['pending', 'running', 'succeeded']
  const told = [...new Set(statesOf('one'))]
  t.same(
    told,
    order.filter(short => told.includes(short)),
  )
  await client.call('updateJob', { params, body: job({ name: 'cron', schedule: '@weekly' }) })
  await waitUntil('the change', () => events.some(event => event.type === 'job' && event.job.schedule === '@weekly'))
  await client.call('deleteJob', named('one'))
  await waitUntil('that it is gone', () => statesOf('one').includes('gone'))
  const texts = events.map(event => JSON.stringify(event))
  t.equal(new Set(texts).size, texts.length, 'nothing is told twice')
})

t.test('one job can be followed alone', async t => {
  const api = await startJobs(t, { pods: 'none' })
  await run(api.client, { name: 'a', cpu: '50m' })
  const { events, statesOf } = await follow(t, api, '?name=b')
  await run(api.client, { name: 'b', cpu: '50m' })
  await waitUntil('b', () => events.length > 0)
  await api.admin.call('DELETE', batchPath('jobs', 'b'), { body: { propagationPolicy: 'Background' } })
  await waitUntil('its end', () => statesOf('b').includes('gone'))
  t.strictSame(statesOf('a'), [])
  t.equal((await api.raw.call('GET', `${path}?name=A`)).status, 400)
})

t.test('a stream of events ends when the service stops', async t => {
  const api = await startJobs(t, { pods: 'none' })
  await run(api.client)
  const { events, state } = await follow(t, api)
  await waitUntil('the state', () => events.length > 0)
  await api.service.stop()
  await waitUntil('the end', () => state.ended)
})

t.test('why a job is as it is, from the job to the first cause', async t => {
  const { client, setQuota } = await startJobs(t)
  await setQuota(roomy)
  await run(client, { name: 'code', cmd: 'exit 3' })
  await run(client, { name: 'absent', cmd: './no-such-program' })
  await run(client, { name: 'bot', job_type: 'continuous', cmd: 'while :; do sleep 0.1; done' })
  await untilStatus(client, 'failed', 'code')
  await untilStatus(client, 'failed', 'absent')
  await untilStatus(client, 'running', 'bot')
  const why = async (name: string) => (await client.call('explainJob', named(name))).explanation
  t.match(await why('code'), { name: 'code', short: 'failed', summary: /exit code 3/i, findings: [{}] })
  const absent = await why('absent')
  t.match(absent, { short: 'failed', summary: /not found/ })
  t.ok(absent.advice.length + absent.commands.length > 0, 'it says what to do')
  t.match(await why('bot'), { name: 'bot', short: 'running' })
  await t.rejects(why('nope'), { status: 404, code: 'not_found' })
  t.equal(at(await why('code'), 'code') === '', false)
})
