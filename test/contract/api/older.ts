import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { roomy, startJobs } from '../../support/jobs-api.ts'
import { at, listAt } from '../../support/json.ts'
import type { Reply } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** A request as a client before 16.0.10 sent it. */
interface Recorded {
  method: string
  url: string
  content_type: string | null
  body: string
}

const recorded: Recorded[] = readFileSync(join(import.meta.dirname, '../old-client-requests.jsonl'), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => JSON.parse(line))

/** What every one of them needs of a job: v11 demands image_state, and the presence of `continuous` counts. */
function checkJob(t: Test, job: unknown, what: string): void {
  t.match(job, { name: String, cmd: String, image: String, image_state: String, status_short: String }, what)
  t.ok(['True', 'False'].includes(String(at(job, 'filelog'))), `${what}: filelog is a text`)
  t.ok(at(job, 'continuous') === undefined || at(job, 'continuous') === true, `${what}: continuous`)
  t.notOk(Object.values(Object(job)).includes(null), `${what}: nothing is null`)
}

/** A refusal is one text, which v11 and later show, and the older ones print whole. */
function checkRefusal(t: Test, { status, body }: Reply, { expected, what }: { expected: number; what: string }): void {
  t.equal(status, expected, what)
  t.match(body, { message: /\S/, data: Object }, what)
  t.notOk(Reflect.has(Object(body), 'error'), what)
}

/** The word of an operation, whatever the client's time called it. */
function operationOf({ method, url }: Recorded): { word: string; name: string } {
  const [path = ''] = url.split('?')
  const [, word = '', name = '', what = ''] = path.replace(/^(\/jobs)?\/api\/v1/, '').split('/')
  if (word !== 'jobs') return { word, name }
  if (what !== '') return { word: what, name }
  if (name !== '') return { word: method === 'GET' ? 'show' : 'delete', name }
  return { word: { GET: 'list', POST: 'run', DELETE: 'flush' }[method] ?? '', name }
}

const nameIn = ({ body, content_type }: Recorded): string =>
  content_type === 'application/json' ? JSON.parse(body).name : (new URLSearchParams(body).get('name') ?? '')

interface Asked {
  readonly what: string
  /** The job that it is about; empty for none. */
  readonly name: string
}

type Check = (t: Test, reply: Reply, asked: Asked) => void

const isOneOff = (job: unknown): boolean => at(job, 'schedule') === undefined && at(job, 'continuous') !== true

/** What is to be seen of each operation that goes well; `present` holds the jobs that there should be. */
function checksFor(present: Map<string, unknown>): Record<string, Check> {
  const images: Check = (t, { body }, { what }) => t.match(listAt(body)[0], { shortname: String, image: String }, what)
  return {
    images,
    containers: images,
    quota: (t, { body }, { what }) => t.ok(listAt(body, 'categories').length > 0, what),
    list(t, { body }, { what }) {
      const names = listAt(body).map(one => at(one, 'name'))
      t.same(names.sort(), [...present.keys()].sort(), what)
      for (const one of listAt(body)) checkJob(t, one, what)
    },
    show: (t, { body }, { what }) => checkJob(t, body, what),
    run(t, { body }, { name, what }) {
      checkJob(t, body, what)
      present.set(name, body)
    },
    delete: (_, __, { name }) => void present.delete(name),
    flush: () => present.clear(),
    restart: (t, { body }, { what }) => t.same(body, {}, what),
    logs: (t, { text }, { what }) => t.match(text, /"message":"hello"|^$/, what),
  }
}

/** The refusal that a request has to meet, by the jobs that there are; 0 for none. */
function refusalFor(word: string, name: string, present: ReadonlyMap<string, unknown>): number {
  if (word === 'run') return present.has(name) && !isOneOff(present.get(name)) ? 409 : 0
  return name !== '' && !present.has(name) ? 404 : 0
}

function checkAnswer(
  t: Test,
  reply: Reply,
  { word, ...asked }: Asked & { word: string; checks: Record<string, Check> },
): void {
  t.equal(reply.status, word === 'run' ? 201 : 200, asked.what)
  t.notMatch(reply.text, /"messages"/, `${asked.what}: nothing is around it`)
  asked.checks[word]?.(t, reply, asked)
}

for (const prefix of ['/api/v1', '/jobs/api/v1'])
  t.test(`each recorded request gets the answer that its client needs at ${prefix}`, async t => {
    const { raw, home, setQuota } = await startJobs(t)
    await setQuota(roomy)
    for (const script of ['a.sh', 'n.sh']) {
      writeFileSync(join(home, script), '#!/bin/sh\necho hello\n')
      chmodSync(join(home, script), 0o755)
    }
    const present = new Map<string, unknown>()
    const checks = checksFor(present)
    const status = async (name: string) =>
      String(at((await raw.call('GET', `${prefix}/show/${name}`)).body, 'status_short'))

    const ended = (name: string) =>
      waitUntil(`${name} to end`, async () => /^(Completed|Failed)$/.test(await status(name)))
    for (const request of recorded) {
      const url = request.url.replace('/api/v1', prefix)
      const { word, ...path } = operationOf(request)
      const name = word === 'run' ? nameIn(request) : path.name
      if (present.has(name) && isOneOff(present.get(name))) await ended(name)
      const options = request.body === '' ? {} : { body: request.body, type: `${request.content_type}` }
      const expected = refusalFor(word, name, present)
      const reply = await raw.call(request.method, url, options)
      const what = `${request.method} ${url} ${request.body}: ${reply.text}`
      if (expected > 0) checkRefusal(t, reply, { expected, what })
      else checkAnswer(t, reply, { word, name, what, checks })
    }
  })

t.test('a form says a flag by its presence, and the shape of the answer goes with the path', async t => {
  const { raw, setQuota } = await startJobs(t, { pods: 'none' })
  await setQuota(roomy)
  const form = (fields: Record<string, string>, path = '/api/v1/run/') =>
    raw.call('POST', path, {
      body: String(new URLSearchParams({ imagename: 'tf-python39', cmd: 'x', ...fields })),
      type: 'application/x-www-form-urlencoded',
    })
  t.match((await form({ name: 'a', filelog: 'true', continuous: 'true' })).body, { filelog: 'True', continuous: true })
  t.match((await form({ name: 'b', schedule: '@daily', memory: '1Gi' })).body, { filelog: 'False', memory: '1Gi' })
  t.match(await form({ name: 'A b' }), { status: 400, body: { message: /^name: / } })
  t.match(await form({ name: 'c' }, '/jobs/v1/tool/tf-test/jobs/'), { status: 400, body: { error: [/./] } })
  t.match(await raw.call('GET', '/api/v1/nothing'), { status: 404, body: { message: /./ } })
  const current = await raw.call('GET', '/jobs/v1/tool/tf-test/jobs/a')
  t.match(current.body, { job: { filelog: true, job_type: 'continuous', filelog_stdout: 'a.out' } })
  t.match(await raw.call('GET', '/jobs/api/v1/tool/tf-test/jobs/'), {
    status: 200,
    body: { jobs: [{ name: 'a' }, {}] },
  })
})

t.test(
  'D4, D8: nothing but the certificate says whose the jobs are, and each path has one shape of refusal',
  async t => {
    const api = await startJobs(t, { pods: 'none', tools: ['tf-test', 'tf-other'] })
    const headers = { 'x-toolforge-tool': 'tf-test', 'ssl-client-subject-dn': 'CN=tf-test,O=toolforge' }
    const job = { name: 'one', imagename: 'bookworm', cmd: 'x' }
    t.equal((await api.raw.call('POST', '/jobs/v1/tool/tf-test/jobs/', { body: job })).status, 201)
    const other = api.as('tf-other')
    t.match(await other.call('GET', '/jobs/v1/tool/tf-test/jobs/', { headers }), { status: 403 })
    t.same((await other.call('GET', '/api/v1/list/', { headers })).body, [])
    t.equal((await api.with().call('GET', '/api/v1/list/', { headers })).status, 401)
    for (const body of [{ ...job, retry: 9 }, { ...job, nonsense: 1 }, { name: 'x' }, [], '{'])
      t.match(await api.raw.call('POST', '/jobs/v1/tool/tf-test/jobs/', { body }), {
        status: 400,
        body: { error: [/./], code: 'bad_request', request_id: String },
      })
  },
)
