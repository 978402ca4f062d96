import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { keysOf } from '../support/local.ts'
import { embedded, type Platform, real } from '../support/platforms.ts'
import { createRawClient, type RawClient } from '../support/raw-client.ts'

interface Job {
  name: string
}

const namesIn = (body: unknown): string[] => {
  const { jobs }: { jobs: Job[] } = Object(body)
  return jobs.map(({ name }) => name)
}

/** Headers by which proxies of other systems say who somebody is. */
const pretending = (tool: string): Record<string, string> => ({
  'ssl-client-subject-dn': `CN=${tool},O=toolforge`,
  'x-toolforge-tool': tool,
  'x-client-dn': `/O=toolforge/CN=${tool}`,
  'x-ssl-client-s-dn': `CN=${tool},O=toolforge`,
  'x-remote-user': tool,
  'x-forwarded-user': tool,
  'x-forwarded-client-cert': `Subject="O=toolforge,CN=${tool}"`,
  'impersonate-user': tool,
  authorization: 'Bearer token-of-the-other',
  'x-original-url': `/jobs/v1/tool/${tool}/jobs/`,
  'x-http-method-override': 'DELETE',
})

/** Every way in which one tool might name what is another's. */
function attempts(other: string, name: string): [method: string, path: string, body?: unknown][] {
  const job = { name: 'intruder', imagename: 'bookworm', cmd: 'true' }
  return ['/jobs/v1', '/v1'].flatMap((prefix): [string, string, unknown?][] => {
    const root = `${prefix}/tool/${other}`
    return [
      ['GET', `${root}/jobs/`],
      ['GET', `${root}/jobs/${name}`],
      ['GET', `${root}/jobs/${name}/logs`],
      ['GET', `${root}/quotas/`],
      ['GET', `${root}/images/`],
      ['POST', `${root}/jobs/`, job],
      ['DELETE', `${root}/jobs/${name}`],
      ['DELETE', `${root}/jobs/`],
      ['GET', `/logs/v1/tool/${other}/job/${name}/logs`],
      ['GET', `/logs/v1/tool/${other}/job/${name}/logs_stream`],
    ]
  })
}

async function provesIsolation(t: Test, platform: Platform): Promise<void> {
  const [mine, theirs] = platform.tools
  const endpoint = { url: `https://127.0.0.1:${platform.port}`, ca: readFileSync(platform.caFile, 'utf8') }
  const me = createRawClient(endpoint, keysOf(mine))
  const them = createRawClient(endpoint, keysOf(theirs))
  t.teardown(() => {
    me.close()
    them.close()
  })
  const run = (client: RawClient, tool: string, job: object) =>
    client.call('POST', `/jobs/v1/tool/${tool}/jobs/`, {
      body: { imagename: 'bookworm', cmd: 'sleep 60', filelog: false, ...job },
    })
  t.equal((await run(me, mine.name, { name: 'mine' })).status, 201)
  t.equal((await run(them, theirs.name, { name: 'theirs' })).status, 201)

  for (const [method, path, body] of attempts(theirs.name, 'theirs')) {
    for (const headers of [{}, pretending(theirs.name)]) {
      const reply = await me.call(method, path, { headers, ...(body === undefined ? {} : { body }) })
      t.match(reply, { status: 403, body: { code: 'tool_mismatch' } }, `${method} ${path}`)
      t.notMatch(reply.text, /sleep 60/)
    }
  }
  for (const path of [`${mine.name}/../${theirs.name}`, `${mine.name}%2f..%2f${theirs.name}`, `${theirs.name}%00`]) {
    const { status } = await me.call('GET', `/jobs/v1/tool/${path}/jobs/`)
    t.ok(status >= 400 && status < 500, `${path} is refused: ${status}`)
  }
  const own = `/jobs/v1/tool/${mine.name}/jobs/`
  t.same(
    namesIn((await me.call('GET', own, { headers: pretending(theirs.name) })).body),
    ['mine'],
    'no header is believed',
  )
  for (const smuggled of [
    { tool: theirs.name },
    { namespace: `tool-${theirs.name}` },
    { filelog: true, filelog_stdout: `${theirs.home}/x.out` },
  ]) {
    t.equal((await run(me, mine.name, { name: 'smuggled', ...smuggled })).status, 400, JSON.stringify(smuggled))
  }
  const query = `?tool=${theirs.name}&namespace=tool-${theirs.name}`
  t.equal((await me.call('GET', `${own}${query}`)).status, 400, 'nor in a query')
  t.equal((await me.call('DELETE', own)).status, 200)
  t.same(
    namesIn((await them.call('GET', `/jobs/v1/tool/${theirs.name}/jobs/`)).body),
    ['theirs'],
    'a flush is of one tool',
  )
}

for (const [name, start] of Object.entries({ embedded, 'real cluster': real })) {
  t.test(`two tools never see or touch each other's jobs (${name})`, async t => {
    const platform = await start(t)
    if (platform !== undefined) await provesIsolation(t, platform)
  })
}
