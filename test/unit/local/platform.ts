import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { keysOf, startLocal } from '../../support/local.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('the platform has a control socket of its own, and one time for all its parts', async t => {
  const { control, control_socket, folder, api_url, ca, tool, stop } = await startLocal(['--pods', 'none'])
  t.teardown(stop)
  t.equal(control_socket, join(folder, 'control.sock'))
  t.equal(statSync(control_socket ?? '').mode & 0o777, 0o600)
  const client = createRawClient({ url: api_url, ca }, keysOf(tool))
  t.teardown(client.close)
  const list = () => client.call('GET', `/jobs/v1/tool/${tool.name}/jobs`)
  await waitUntil('the first list', async () => (await list()).status === 200)
  await control.faults.add({ match: { verb: 'create' }, effect: 'answer', code: 503 })
  await control.clock.setOffset(3 * 365 * 86_400)
  t.match(await list(), { status: 401, body: { code: 'not_verified' } }, 'certificates have expired by then')
  await control.clock.setOffset(0)
  t.equal((await list()).status, 200)
})
