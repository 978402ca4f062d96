import t from 'tap'
import { errorsOf } from '../../../src/api/openapi.ts'
import { operationIds } from '../../../src/api/paths.ts'
import { commonErrors, operations } from '../../../src/contract/operations.ts'
import { startApi } from '../../support/api.ts'
import { startFrame, tooLargeBody } from '../../support/frame.ts'
import { at, textAt } from '../../support/json.ts'
import { createSeen, judge, judged } from '../../support/published.ts'
import { openPeer } from '../../support/tls-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'

// Every answer in here is compared with the published openapi.yaml; the last test looks that none of it went unseen.

const seen = createSeen()
const base = '/jobs/v1/tool/tf-test'
const jobs = `${base}/jobs`
const logs = '/logs/v1/tool/tf-test/job'
const job = { name: 'one', imagename: 'bookworm', cmd: 'echo hello', filelog: false }
const cron = { ...job, name: 'cron', schedule: '@daily' }

t.test('what goes well is as published', async t => {
  const api = await startApi(t, { pods: 'processes' })
  const tool = judged(t, api.as('tf-test'), seen)
  for (const path of ['/jobs/v1/tool/tf-test/images/', '/jobs/v1/tool/tf-test/quotas/', `${jobs}/?include_unset=True`])
    t.equal((await tool.call('GET', path)).status, 200, path)
  t.equal((await tool.call('POST', `${jobs}/`, { body: job })).status, 201)
  const short = async () => textAt((await tool.call('GET', `${jobs}/one`)).body, 'job', 'status', 'short')
  await waitUntil('the job has succeeded', async () => (await short()) === 'succeeded')
  t.equal((await tool.call('GET', `${jobs}/?include_unset=False`)).status, 200)
  t.match(await tool.call('GET', `${logs}/one/logs?direction=newest_first`), { status: 200, text: /hello/ })
  t.match(await tool.lines(`${logs}/one/logs_stream?lines=5`), [{ message: 'hello' }])
  t.match(await tool.lines(`${jobs}/one/logs`), [{ message: 'hello' }])
  t.equal((await tool.call('PATCH', `${jobs}/`, { body: job })).status, 200)
  t.equal((await tool.call('POST', `${jobs}/one/restart`)).status, 200)
  t.equal((await tool.call('GET', `${jobs}/one/explain`)).status, 200)
  t.match(await tool.first(`${base}/events`), { type: 'job', job: { name: 'one' } })
  const plan = await tool.call('POST', `${base}/plan`, { body: { jobs: [cron], prune: true } })
  t.match(plan, { status: 200, body: { plan: { feasible: true } } })
  t.equal((await tool.call('POST', `${base}/apply`, { body: { jobs: [cron] } })).status, 200)
  t.equal((await tool.call('DELETE', `${jobs}/one`)).status, 200)
  t.equal((await tool.call('DELETE', `${jobs}/`)).status, 200)
  for (const path of ['/healthz', '/jobs/v1/healthz/', '/openapi.json', '/logs/openapi.json'])
    t.equal((await tool.call('GET', path)).status, 200, path)
  const metrics = await api.as('tf-test').call('GET', '/jobs/v1/metrics')
  judge(t, { method: 'GET', path: '/jobs/v1/metrics', seen }, { ...metrics, body: metrics.text })
})

/** The calls of all operations for a tool, one each. */
const calls: Record<string, [method: string, path: string]> = {
  listImages: ['GET', '/jobs/v1/tool/tf-test/images/'],
  showQuota: ['GET', '/jobs/v1/tool/tf-test/quotas/'],
  listJobs: ['GET', `${jobs}/`],
  createJob: ['POST', `${jobs}/`],
  updateJob: ['PATCH', `${jobs}/`],
  flushJobs: ['DELETE', `${jobs}/`],
  restartJob: ['POST', `${jobs}/absent/restart`],
  explainJob: ['GET', `${jobs}/absent/explain`],
  planJobs: ['POST', `${base}/plan`],
  applyJobs: ['POST', `${base}/apply`],
  events: ['GET', `${base}/events`],
  showJob: ['GET', `${jobs}/absent`],
  deleteJob: ['DELETE', `${jobs}/absent`],
  jobLogs: ['GET', `${jobs}/absent/logs`],
  logs: ['GET', `${logs}/absent/logs`],
  logsStream: ['GET', `${logs}/absent/logs_stream`],
}

/** A right body for those that take one. */
const bodies: Record<string, object> = {
  createJob: job,
  updateJob: job,
  planJobs: { jobs: [job] },
  applyJobs: { jobs: [job] },
}

t.test('who may not, and what is not asked for rightly, is refused as published by each operation', async t => {
  const api = await startApi(t, { tools: ['tf-test', 'tf-other'] })
  const nobody = judged(t, api.with(), seen)
  const admin = judged(t, api.with(api.pki.admin), seen)
  const other = judged(t, api.as('tf-other'), seen)
  const tool = judged(t, api.as('tf-test'), seen)
  for (const [id, [method, path]] of Object.entries(calls)) {
    t.match(await nobody.call(method, path), { status: 401, body: { code: 'not_verified' } }, id)
    t.match(await admin.call(method, path), { status: 403, body: { code: 'not_allowed' } }, id)
    t.match(await other.call(method, path), { status: 403, body: { code: 'tool_mismatch' } }, id)
    t.match(await tool.call(method, `${path}?nonsense=1`), { status: 400, body: { code: 'bad_request' } }, id)
  }
  for (const id of ['showJob', 'deleteJob', 'restartJob', 'explainJob', 'jobLogs', 'logs', 'logsStream']) {
    const [method, path] = calls[id] ?? []
    t.match(await tool.call(`${method}`, `${path}`), { status: 404, body: { code: 'not_found' } }, id)
  }
})

t.test('a job that cannot be made is refused as published', async t => {
  const api = await startApi(t, { intercepted: true })
  const tool = judged(t, api.as('tf-test'), seen)
  const create = (change: object = {}) => tool.call('POST', `${jobs}/`, { body: { ...job, ...change } })
  t.match(await create({ name: 'A b' }), { status: 400, body: { error: [/^name: /] } })
  t.match(await tool.call('POST', `${jobs}/`, { body: tooLargeBody }), { status: 413, body: { code: 'too_large' } })
  t.equal((await create()).status, 201)
  t.match(await create(), { status: 409, body: { code: 'exists' } })

  const isCreate = (method: string, path: string) => method === 'POST' && path.includes('/jobs')
  const status = (code: number, reason: string, message: string) => ({
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code },
  })
  api.between.instead = (method, path) =>
    isCreate(method, path)
      ? status(403, 'Forbidden', 'admission webhook "rules.toolforge.org" denied the request: no such folder')
      : undefined
  t.match(await create({ name: 'two' }), { status: 403, body: { code: 'admission', error: [/no such folder/] } })

  const quota = '/api/v1/namespaces/tool-tf-test/resourcequotas/tool-tf-test'
  api.between.instead = () => undefined
  const patch = { body: { spec: { hard: { 'count/jobs.batch': '1' } } }, type: 'application/merge-patch+json' }
  t.equal((await api.admin.call('PATCH', quota, patch)).status, 200)
  t.match(await create({ name: 'two' }), { status: 403, body: { code: 'quota' } })

  const { body: left } = await api.admin.call('GET', '/apis/batch/v1/namespaces/tool-tf-test/jobs/one')
  const leaving = {
    ...Object(left),
    metadata: { ...Object(at(left, 'metadata')), name: 'two', deletionTimestamp: new Date().toISOString() },
  }
  api.between.instead = (method, path) => {
    if (isCreate(method, path)) return status(409, 'AlreadyExists', 'jobs.batch "one" already exists')
    return method === 'GET' && path.includes('/jobs/two') ? { status: 200, body: leaving } : undefined
  }
  t.match(await create({ name: 'two' }), { status: 409, body: { code: 'conflict' } })
})

t.test('a change, a restart and a plan that cannot be are refused as published', async t => {
  const api = await startApi(t, { intercepted: true })
  const tool = judged(t, api.as('tf-test'), seen)
  const refused = async (what: readonly [method: string, path: string], body: object | undefined, code: string) => {
    const reply = await tool.call(...what, body === undefined ? {} : { body })
    t.match(reply, { body: { code } }, `${what[0]} ${what[1]}: ${reply.text}`)
  }
  const update = ['PATCH', `${jobs}/`] as const
  const apply = ['POST', `${base}/apply`] as const
  const restart = ['POST', `${jobs}/cron/restart`] as const
  for (const [method, path] of [update, apply, ['POST', `${base}/plan`] as const])
    t.match(await tool.call(method, path, { body: tooLargeBody }), { status: 413, body: { code: 'too_large' } })
  const other = { ...cron, name: 'other' }
  t.equal((await tool.call(...update, { body: job })).status, 200)
  t.equal((await tool.call(...update, { body: cron })).status, 200)
  await refused(update, { ...job, cmd: 'other' }, 'exists')
  await refused(apply, { jobs: [cron], plan: 'another' }, 'conflict')
  const web = { ...job, name: 'web', continuous: true, port: 80 }
  await api.setQuota({ services: '5', 'limits.cpu': '9' })
  const service = { metadata: { name: 'web' }, spec: { ports: [{ port: 1 }] } }
  t.equal((await api.admin.call('POST', '/api/v1/namespaces/tool-tf-test/services', { body: service })).status, 201)
  await refused(apply, { jobs: [web] }, 'exists')

  await api.setQuota({ 'count/cronjobs.batch': '1', 'count/jobs.batch': '1' })
  await refused(update, other, 'quota')
  await refused(apply, { jobs: [other] }, 'quota')
  await refused(restart, undefined, 'quota')
  await api.setQuota({ 'count/cronjobs.batch': '9', 'count/jobs.batch': '9' })

  const failure = (code: number, reason: string, message: string) => ({
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code },
  })
  /** What the cluster says to each write that is not just tried. */
  const say = (wanted: string, reply: ReturnType<typeof failure>) => {
    api.between.instead = (method, path) => (method === wanted && !path.includes('dryRun') ? reply : undefined)
  }
  say('POST', failure(403, 'Forbidden', 'admission webhook "rules.toolforge.org" denied the request: no'))
  await refused(update, other, 'admission')
  await refused(apply, { jobs: [other] }, 'admission')
  await refused(restart, undefined, 'admission')
  say('POST', failure(409, 'AlreadyExists', 'jobs.batch "cron-1" already exists'))
  await refused(restart, undefined, 'conflict')
  say('PUT', failure(409, 'Conflict', 'the object has been modified'))
  await refused(update, { ...cron, schedule: '@weekly' }, 'conflict')
})

t.test('a tool that changes too much at once is refused as published', async t => {
  const api = await startApi(t, { config: { limits: { writes_per_minute: 1, write_burst: 1 } } })
  const tool = judged(t, api.as('tf-test'), seen)
  t.equal((await tool.call('DELETE', `${jobs}/`)).status, 200)
  const writes = ['createJob', 'updateJob', 'flushJobs', 'deleteJob', 'restartJob', 'planJobs', 'applyJobs']
  for (const id of writes) {
    const [method, path] = calls[id] ?? []
    const refused = await tool.call(`${method}`, `${path}`)
    t.match(refused, { status: 429, body: { code: 'too_many' }, headers: { 'retry-after': /^\d+$/ } }, id)
  }
})

t.test('a cluster that does not answer is told as published by each operation', async t => {
  const api = await startApi(t, { intercepted: true, config: { kubernetes: { timeout_ms: 2000 } } })
  const tool = judged(t, api.as('tf-test'), seen)
  api.between.instead = () => ({ status: 503, body: {} })
  for (const [id, [method, path]] of Object.entries(calls)) {
    const body = bodies[id] === undefined ? {} : { body: bodies[id] }
    const refused = await tool.call(method, path, body)
    t.match(refused, { status: 503, body: { code: 'unavailable' }, headers: { 'retry-after': /^\d+$/ } }, id)
  }
})

t.test('a service that stops is told as published', async t => {
  const api = await startApi(t, { config: { shutdown: { drain_ms: 400 } } })
  const nobody = judged(t, api.with(), seen)
  const stopped = api.service.stop()
  t.match(await nobody.call('GET', '/healthz'), { status: 503, body: { code: 'unavailable' } })
  await stopped
})

t.test('a request that is none, or comes too slowly, is refused as published', async t => {
  const api = await startApi(t, { config: { listener: { timeouts: { headers: 0.3, request: 0.3 } } } })
  const judgeRaw = async (bytes: string) => {
    const peer = await openPeer({ port: api.address.port })
    peer.send(bytes)
    const answer = await peer.closed()
    const [head = '', text = ''] = answer.split('\r\n\r\n')
    const headers = Object.fromEntries(head.split('\r\n').map(line => line.toLowerCase().split(': ', 2)))
    const reply = { status: Number(head.split(' ')[1]), headers, body: JSON.parse(text) }
    judge(t, { method: 'GET', path: `${jobs}/`, seen }, reply)
    return reply
  }
  const head = `GET ${jobs}/ HTTP/1.1\r\nhost: x\r\n`
  t.match(await judgeRaw(`${head}x-long: ${'x'.repeat(40_000)}\r\n\r\n`), { status: 431 })
  t.match(await judgeRaw(head), { status: 408 })
  t.match(await judgeRaw('nonsense\r\n\r\n'), { status: 400 })
})

t.test('a failure of the service itself is told as published', async t => {
  const frame = await startFrame(t, { handlers: { listJobs: () => Promise.reject(new Error('broken')) } })
  const reply = await frame.call('GET', `${jobs}/`)
  t.equal(reply.status, 500)
  judge(t, { method: 'GET', path: `${jobs}/`, seen }, reply)
})

t.test('nothing that is published went unseen', async t => {
  for (const id of operationIds) {
    t.ok(seen.has(id, 'ok'), `${id} succeeded`)
    for (const code of operations[id].errors) t.ok(seen.has(id, code), `${id} was refused: ${code}`)
  }
  for (const code of commonErrors)
    t.ok(
      operationIds.some(id => seen.has(id, code)),
      `${code} was seen`,
    )
  t.ok(errorsOf('health').every(code => code !== 'not_verified'))
})
