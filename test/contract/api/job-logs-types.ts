import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { collect, messagesOf, named, roomy, run, startJobs, untilStatus } from '../../support/jobs-api.ts'
import { at } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('a continuous job shows all its pods at once, also those of a new rollout, until it is deleted', async t => {
  const { client, home, setQuota } = await startJobs(t)
  await setQuota(roomy)
  const cmd = 'trap "exit 0" TERM; echo begun; while :; do test -e go && { echo seen; rm -f go; }; sleep 0.1; done'
  await run(client, { name: 'bot', job_type: 'continuous', replicas: 3, cmd })
  await untilStatus(client, 'running', 'bot')
  const lines: { pod: string; message: string }[] = []
  const following = (async () => {
    for await (const line of await client.call('logsStream', named('bot'))) lines.push(line)
  })()
  const begun = () => new Set(lines.filter(({ message }) => message === 'begun').map(({ pod }) => pod))
  await waitUntil('all pods', () => begun().size === 3)
  writeFileSync(join(home, 'go'), '')
  await waitUntil('what one of them says', () => lines.some(({ message }) => message === 'seen'))
  await client.call('restartJob', named('bot'))
  await waitUntil('the pods of the new rollout', () => begun().size === 6)
  await client.call('deleteJob', named('bot'))
  await following
  t.equal(lines.filter(({ message }) => message === 'begun').length, 6, 'each line once')
})

t.test('D17: the newest lines and the pages go over all pods, by time', async t => {
  const { client, raw, setQuota } = await startJobs(t)
  await setQuota(roomy)
  const cmd = 'i=0; while test $i -lt 400; do echo $i; i=$((i+1)); done; while :; do sleep 0.1; done'
  await run(client, { name: 'bot', job_type: 'continuous', replicas: 2, cmd })
  const all = async (lines?: number) =>
    (await client.call('logs', { ...named('bot'), query: lines === undefined ? {} : { lines } })).data
  await waitUntil('all lines', async () => {
    return (await all(5000).catch(() => undefined))?.logs.length === 800
  })
  const { logs } = await all(5000)
  const times = logs.map(({ datetime }) => datetime)
  t.strictSame(times, times.toSorted().reverse())
  t.strictSame((await all(7)).logs, logs.slice(0, 7))
  const first = await all()
  const second = await raw.call('GET', `/logs/v1/tool/tf-test${first.next?.url ?? ''}`)
  t.match(second, { status: 200, body: { data: { logs: { length: 300 } } } })
  t.same(at(second.body, 'data', 'logs'), logs.slice(500))
})

t.test('the logs of a job that crashes again and again show why, its run before included', async t => {
  const { client, setQuota } = await startJobs(t)
  await setQuota(roomy)
  await run(client, { name: 'bot', job_type: 'continuous', cmd: 'echo why it crashed; exit 1' })
  const messages = async () =>
    messagesOf((await client.call('logs', named('bot')).catch(() => ({ data: { logs: [] } }))).data.logs)
  await waitUntil('its first crash', async () => (await messages()).includes('why it crashed'))
  await run(client, {
    name: 'twice',
    job_type: 'continuous',
    cmd: 'echo run; test -e up || { touch up; exit 1; }; while :; do sleep 0.1; done',
  })
  await waitUntil('both runs', async () => {
    const { data } = await client.call('logs', named('twice')).catch(() => ({ data: { logs: [] } }))
    return data.logs.length === 2
  })
})

t.test('the runs of a scheduled job come in order', async t => {
  const { client } = await startJobs(t)
  await run(client, { name: 'cron', schedule: '@yearly', cmd: 'echo begin; echo end' })
  const pods = new Set<string>()
  for (const runs of [1, 2]) {
    // Runs are named by the second.
    await waitUntil('a start', () =>
      client.call('restartJob', named('cron')).then(
        () => true,
        () => false,
      ),
    )
    await waitUntil(`run ${runs}`, async () => {
      const lines = await client.call('jobLogs', named('cron')).then(collect, () => [])
      for (const { pod } of lines) pods.add(pod)
      return pods.size === runs && lines.at(-1)?.message === 'end'
    })
  }
  const lines = await collect(await client.call('jobLogs', named('cron')))
  const times = lines.map(({ datetime }) => datetime)
  t.strictSame(times, times.toSorted())
})

t.test('a stream with an end to come ends then, although the job goes on and says nothing', async t => {
  const { client } = await startJobs(t)
  await run(client, { cmd: 'echo first; while :; do sleep 0.1; done' })
  await untilStatus(client, 'running')
  const until = new Date(Date.now() + 1500).toISOString()
  const lines = await collect(await client.call('logsStream', { ...named('one'), query: { until } }))
  t.strictSame(messagesOf(lines), ['first'])
  t.ok(Date.now() >= Date.parse(until))
})
