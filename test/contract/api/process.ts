import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { startApi } from '../../support/api.ts'
import { at } from '../../support/json.ts'
import { createRawClient } from '../../support/raw-client.ts'

const bin = join(import.meta.dirname, '../../../src/bin/jobs-api.ts')

t.test(
  'the process serves what its file configures, the environment goes over it, and SIGTERM ends it well',
  async t => {
    const api = await startApi(t)
    const settings = api.settings({ shutdown: { drain_ms: 0 }, log: { level: 'silent' } })
    const file = join(t.testdir({ 'jobs-api.yaml': JSON.stringify(settings) }), 'jobs-api.yaml')
    const child = spawn(process.execPath, [bin, '--config', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, JOBS_API_LOG_LEVEL: 'info' },
    })
    t.teardown(() => child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    let port: unknown
    for await (const line of createInterface({ input: child.stdout })) {
      const said: unknown = JSON.parse(line)
      port = at(said, 'port')
      if (at(said, 'msg') === 'the jobs API takes requests') break
    }
    const client = createRawClient({ url: `https://127.0.0.1:${port}`, ca: api.ca }, api.pairOf('tf-test'))
    t.teardown(client.close)
    t.match(await client.call('GET', '/jobs/v1/tool/tf-test/jobs/'), { status: 200, body: { jobs: [] } })
    child.kill('SIGTERM')
    t.same(await ended, [0, null])
  },
)

t.test('a wrong configuration ends the process with 1 and says what is wrong', async t => {
  const file = join(t.testdir({ 'jobs-api.yaml': '{ listener: { prt: 1 }, nonsense: {} }' }), 'jobs-api.yaml')
  const child = spawn(process.execPath, [bin, '--config', file, '--check-config'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stderr.setEncoding('utf8')) said += chunk
  t.same(await ended, [1, null])
  for (const word of ['listener.prt: there is no such setting', 'nonsense: there is no such setting', 'must be set'])
    t.match(said, word)
})
