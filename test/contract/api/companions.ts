import { get } from 'node:http'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { JobAsSent } from '../../../src/contract/schemas.ts'
import { job, jobNames, named, objectPath, params, roomy, run, startJobs } from '../../support/jobs-api.ts'
import { at, listAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'

const bot: Partial<JobAsSent> = { name: 'bot', job_type: 'continuous', port: '8080' }

async function start(t: Parameters<typeof startJobs>[0], pods: 'processes' | 'none' = 'none') {
  const api = await startJobs(t, { pods })
  await api.setQuota({ ...roomy, services: '1' })
  const { admin, client } = api
  return {
    ...api,
    put: (fields: Partial<JobAsSent>) => client.call('updateJob', { params, body: job(fields) }),
    service: async (name = 'bot') => await admin.call('GET', objectPath('services', name)),
    ingressOf: async (name = 'bot') => await admin.call('GET', objectPath('ingresses', name)),
    gone: async (kind: 'services' | 'ingresses', name = 'bot') => {
      await waitUntil(`no ${kind}`, async () => (await admin.call('GET', objectPath(kind, name))).status === 404)
    },
  }
}

/** A port of this machine that nobody uses at the moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A Service that no job has. */
const foreign = { metadata: { name: 'bot' }, spec: { ports: [{ port: 1 }] } }

t.test('a port has a Service, which follows each change and goes with the job', async t => {
  const { client, put, service, gone, admin } = await start(t)
  await run(client, { ...bot, port_protocol: 'udp' })
  const { body: first } = await service()
  t.match(first, { spec: { ports: [{ port: 8080, targetPort: 'job', protocol: 'UDP' }] } })
  const { body: owner } = await admin.call('GET', objectPath('deployments', 'bot'))
  t.match(at(first, 'metadata', 'ownerReferences', 0), { kind: 'Deployment', uid: at(owner, 'metadata', 'uid') })
  t.match(await put({ ...bot, port: '9090' }), { messages: { info: [/\(port, port_protocol\); it is restarted/] } })
  const { body: second } = await service()
  t.match(second, { spec: { clusterIP: at(first, 'spec', 'clusterIP'), ports: [{ port: 9090, protocol: 'TCP' }] } })
  t.equal(listAt(second, 'spec', 'ports').length, 1)
  await put({ ...bot, port: null })
  t.equal((await service()).status, 404)
  await put(bot)
  t.equal((await service()).status, 200)
  await client.call('deleteJob', named('bot'))
  await gone('services')
  await run(client, bot)
  await client.call('flushJobs', { params })
  await gone('services')
  // Its own of before may be counted still, and may still have the name.
  await run(client, bot)
  await client.call('flushJobs', { params })
  t.match(await run(client, { ...bot, name: 'other' }), { job: { port: 8080 } })
})

t.test('a published job is reached at the tool’s address', async t => {
  const { client, put, ingressOf, ingress: served } = await start(t, 'processes')
  const cmd =
    'exec node -e \'require("node:http").createServer((q, a) => a.end(`hello ${q.url}`)).listen(process.env.PORT)\''
  const fields = { name: 'bot', job_type: 'webservice' as const, imagename: 'node20', cmd, filelog: null }
  const port = await freePort()
  await run(client, { ...fields, port })
  t.match((await ingressOf()).body, { spec: { rules: [{ host: 'tf-test.local' }] } })
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      get({ host: '127.0.0.1', port: served?.port, path: '/a?b=c', headers: { host: 'tf-test.local' } }, reply => {
        text(reply).then(resolve, reject)
      }).on('error', reject)
    })
  t.equal(await waitUntil('an answer', async () => (await ask()).startsWith('hello') && (await ask())), 'hello /a?b=c')
  await t.rejects(put({ ...bot, name: 'second', publish: '/' }), { status: 400, message: /^publish: .*'bot'/ })
  await put({ ...fields, job_type: 'continuous', port, filelog: null })
  t.equal((await ingressOf()).status, 404, 'not published any more')
})

t.test('a name that no Service can have is refused before anything is written', async t => {
  const { client, control } = await start(t)
  await control.requests.mark()
  for (const name of ['1', 'a.b', '1-bot'])
    await t.rejects(run(client, { ...bot, name }), { status: 400, message: /^name: '.*' cannot be the name/ }, name)
  t.equal(await control.requests.total({ verb: 'create', plural: 'deployments' }), 0)
  t.match(await run(client, { ...bot, name: '1', port: null }), { job: { name: '1' } })
})

t.test('where the Service cannot be made there is no job either, and one of before stays as it was', async t => {
  const { client, put, admin, service } = await start(t)
  t.equal((await admin.call('POST', objectPath('services'), { body: foreign })).status, 201)
  const taken = { status: 409, code: 'exists', message: /is the name of a Service that was not made here/ }
  await t.rejects(run(client, bot), { status: 403, code: 'quota' }, 'the quota is looked at first')
  await admin.call('PATCH', '/api/v1/namespaces/tool-tf-test/resourcequotas/tool-tf-test', {
    body: { spec: { hard: { services: '9' } } },
    type: 'application/merge-patch+json',
  })
  await t.rejects(run(client, bot), taken)
  t.strictSame(await jobNames(client), [])
  await t.rejects(put(bot), taken)
  t.equal((await admin.call('GET', objectPath('deployments', 'bot'))).status, 404)
  await run(client, { ...bot, port: null, memory: '200Mi' })
  await t.rejects(put({ ...bot, memory: '300Mi' }), taken)
  t.match((await client.call('showJob', named('bot'))).job, { memory: '200Mi', status: { up_to_date: true } })
  t.notOk('port' in (await client.call('showJob', named('bot'))).job)
  t.match((await service()).body, { spec: { ports: [{ port: 1 }] } }, 'what others made is left alone')
  await client.call('flushJobs', { params })
  t.equal((await service()).status, 200)
})

t.test('what was lost or left half is mended by the next call, and the job is not restarted', async t => {
  const { client, put, admin, service, control } = await start(t)
  await run(client, bot)
  t.equal((await admin.call('DELETE', objectPath('services', 'bot'))).status, 200)
  const { plan } = await client.call('planJobs', { params, body: { jobs: [job(bot)] } })
  t.match(plan.jobs, [{ action: 'change', changes: [], restarts: false }])
  t.match(await put(bot), { job_changed: true, messages: { info: ['Job bot was updated; nothing is restarted'] } })
  t.equal((await service()).status, 200)
  t.match(await put(bot), { job_changed: false })
  // Both the Service and the way back fail: the next call finds the rest.
  await client.call('deleteJob', named('bot'))
  await control.faults.add({ match: { verb: 'create', plural: 'services' }, effect: 'answer', code: 500 })
  await control.faults.add({ match: { verb: 'delete', plural: 'deployments' }, effect: 'answer', code: 500 })
  await t.rejects(run(client, bot), { message: /\S/, status: 503 })
  await control.faults.clear()
  t.match(await put(bot), { job_changed: true })
  t.equal((await service()).status, 200)
})
