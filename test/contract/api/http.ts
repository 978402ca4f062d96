import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { startApi } from '../../support/api.ts'
import { roomy } from '../../support/jobs-api.ts'
import { at, listAt } from '../../support/json.ts'
import { openPeer } from '../../support/tls-peer.ts'

const job = { name: 'one', imagename: 'bookworm', cmd: 'sleep 60', job_type: 'one-off' }
const jobsOf = (tool: string) => `/jobs/v1/tool/${tool}/jobs`
const jobs = jobsOf('tf-test')

t.test('a client polls on one connection, and every path works with and without a slash behind', async t => {
  const { as, lines } = await startApi(t)
  const tool = as('tf-test')
  t.equal((await tool.call('POST', `${jobs}/`, { body: job })).status, 201)
  const paths = ['/images', '/quotas', '/jobs', '/jobs/one'].flatMap(path => [path, `${path}/`])
  for (const prefix of ['/jobs/v1/tool/tf-test', '/v1/tool/tf-test']) {
    for (const path of paths) {
      const { status, headers } = await tool.call('GET', `${prefix}${path}`)
      t.equal(status, 200, `${prefix}${path}`)
      t.equal(headers.connection, 'keep-alive')
    }
  }
  const idle = Number(/timeout=(\d+)/.exec(String((await tool.call('GET', jobs)).headers['keep-alive']))?.[1])
  t.ok(idle > 5 * 2, 'an idle connection is kept for longer than a client waits between two polls')
  t.same(
    lines.filter(({ msg }) => /handshake/.test(String(msg))),
    [],
  )
})

t.test('what Python writes into a query is understood', async t => {
  const { as } = await startApi(t)
  const tool = as('tf-test')
  await tool.call('POST', `${jobs}/`, { body: job })
  const fields = async (query: string) => {
    const { status, body } = await tool.call('GET', `${jobs}/${query}`)
    t.equal(status, 200, query)
    return Object.keys(Object(listAt(body, 'jobs')[0]))
  }
  const all = await fields('')
  for (const query of ['?include_unset=True', '?include_unset=true']) t.same(await fields(query), all, query)
  for (const query of ['?include_unset=False', '?include_unset=false'])
    t.notOk((await fields(query)).includes('memory'), query)
  for (const query of ['?include_unset=', '?include_unset=1', '?include_unset=True&include_unset=False'])
    t.equal((await tool.call('GET', `${jobs}/${query}`)).status, 400, query)
})

t.test('bodies of older clients are taken: nulls, and numbers and booleans as text', async t => {
  const { as, setQuota } = await startApi(t)
  await setQuota(roomy)
  const tool = as('tf-test')
  const unset = { schedule: null, memory: null, cpu: null, emails: null, mount: null, filelog_stdout: null }
  const bodies = [
    { ...job, ...unset, name: 'a', job_type: undefined, continuous: false, retry: 0, filelog: false },
    { ...job, name: 'b', retry: '2', filelog: 'True', emails: 'none' },
    { ...job, name: 'c', continuous: 'false', filelog: 'False' },
  ]
  for (const body of bodies) {
    const { status, text } = await tool.call('POST', `${jobs}/`, { body })
    t.equal(status, 201, text)
  }
  for (const body of [
    { ...job, name: 'd', continuous: true },
    { ...job, name: 'd', schedule: '@daily' },
    { ...job, name: 'd', job_type: 'scheduled' },
    { ...job, name: 'd', replicas: 2 },
  ])
    t.match(await tool.call('POST', jobs, { body }), { status: 400, body: { error: [/^[a-z_]+: /] } })
})

t.test('an empty name, and one that is no name, deletes nothing', async t => {
  const { as, address, pairOf } = await startApi(t)
  const tool = as('tf-test')
  t.equal((await tool.call('POST', jobs, { body: job })).status, 201)
  const names = ['%2e%2e', '..%2fjobs', 'one%00', 'one%0a', '%6fne%20', 'ONE', '\u043ene', '%D0%BEne', '*', ',', 'a,b']
  const peer = await openPeer({ port: address.port, pair: pairOf('tf-test') })
  for (const path of [...names.map(name => `${jobs}/${encodeURI(decodeURI(name))}`), `${jobs}//`, `${jobs}/..`]) {
    peer.send(`DELETE ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`)
    t.match(await peer.sees('request_id'), /HTTP\/1\.1 400 .*"bad_request"/s, path)
  }
  peer.send('DELETE /jobs/v1/tool/tf-test/ HTTP/1.1\r\nhost: x\r\n\r\n')
  t.match(await peer.sees('request_id'), /HTTP\/1\.1 404 /)
  peer.socket.destroy()
  t.equal((await tool.call('GET', `${jobs}/one`)).status, 200)
})

t.test('two tools never see or touch each other’s jobs, whatever they combine', async t => {
  const api = await startApi(t, { tools: ['tf-test', 'tf-other'] })
  const [one, other] = [api.as('tf-test'), api.as('tf-other')]
  t.equal((await one.call('POST', jobs, { body: { ...job, cmd: 'echo my-secret' } })).status, 201)
  const headers = { 'x-toolforge-tool': 'tf-test', 'ssl-client-subject-dn': 'CN=tf-test,O=toolforge' }
  for (const path of [jobs, `${jobs}/`, `${jobs}/one`, `${jobs}/one/logs`, '/logs/v1/tool/tf-test/job/one/logs_stream'])
    for (const options of [{}, { headers }]) {
      const { status, text } = await other.call('GET', path, options)
      t.equal(status, 403, path)
      t.notMatch(text, /my-secret/)
    }
  for (const path of [jobs, `${jobs}/one`]) t.equal((await other.call('DELETE', path, { headers })).status, 403, path)
  const own = jobsOf('tf-other')
  for (const body of [
    { ...job, tool: 'tf-test' },
    { ...job, namespace: 'tool-tf-test' },
  ])
    t.equal((await other.call('POST', own, { body })).status, 400, 'a body names no tool')
  t.match(await other.call('GET', own), { body: { jobs: [] } })
  t.equal((await other.call('GET', `${own}/one`)).status, 404)
  t.equal((await other.call('DELETE', own)).status, 200)
  t.equal((await other.call('GET', `${own}/one?tool=tf-test`)).status, 400)
  t.equal((await one.call('GET', `${jobs}/one`)).status, 200, 'it is still there')
})

t.test('operators see all numbers on their own port, tenants only their share', async t => {
  const { as, address } = await startApi(t)
  const tool = as('tf-test')
  await tool.call('GET', jobs)
  const operators = await (await fetch(`http://127.0.0.1:${address.admin.port}/metrics`)).text()
  for (const name of ['requests_total', 'request_seconds', 'connections', 'streams', 'handshake_failures_total'])
    t.match(operators, new RegExp(`^jobs_api_${name}`, 'm'))
  t.match(operators, /^jobs_api_connections 1$/m)
  t.notMatch(operators, /tf-test/)
  const { text } = await tool.call('GET', '/jobs/v1/metrics')
  t.match(text, /jobs_api_requests_total\{operation="listJobs",status="200"\} 1/)
  t.notMatch(text, /connections|process_|tf-test/)
  t.equal((await fetch(`http://127.0.0.1:${address.admin.port}/readyz`)).status, 200)
})

t.test('the description that is served is the one that is published', async t => {
  const { with: client } = await startApi(t)
  const { body } = await client().call('GET', '/openapi.json')
  t.same(body, parse(readFileSync(join(import.meta.dirname, '../../../openapi.yaml'), 'utf8')))
  t.ok(at(body, 'paths', '/v1/tool/{tool}/jobs'))
})
