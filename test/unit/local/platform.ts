import { X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { LocalTool } from '../../../src/local/tools.ts'
import { keysOf, type LocalProcess, startLocal } from '../../support/local.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

const day = 86_400

/** A client of the jobs API with the certificate that the home holds now. */
function clientOf(t: Test, { api_url, ca }: LocalProcess, tool: LocalTool) {
  const client = createRawClient({ url: api_url, ca }, keysOf(tool))
  t.teardown(client.close)
  return () => client.call('GET', `/jobs/v1/tool/${tool.name}/jobs/`)
}

const certificateOf = (tool: LocalTool) => new X509Certificate(keysOf(tool).certificate)

t.test('the platform has a control socket of its own, and one time for all its parts', async t => {
  const local = await startLocal(['--pods', 'none'])
  t.teardown(local.stop)
  const { control, control_socket, folder, tool } = local
  t.equal(control_socket, join(folder, 'control.sock'))
  t.equal(statSync(control_socket ?? '').mode & 0o777, 0o600)
  const list = clientOf(t, local, tool)
  t.equal((await list()).status, 200, 'what start has said is true')
  const [first] = keysOf(tool).certificate.split('\n-----END')
  await control.faults.add({ match: { verb: 'create', plural: 'jobs' }, effect: 'answer', code: 503 })

  await control.clock.advance(70 * day)
  t.equal((await list()).status, 200, 'the connection of before goes on')
  await waitUntil('a new certificate', () => !keysOf(tool).certificate.startsWith(`${first}`))
  const renewed = certificateOf(tool)
  const ahead = (renewed.validFromDate.getTime() - Date.now()) / 1000 / day
  t.ok(ahead > 69.9 && ahead < 70.1, 'of that day')
  t.equal((await list()).status, 200, 'and still does')
  t.equal((await clientOf(t, local, tool)()).status, 200, 'as one with the new certificate does')
  const cluster = createRawClient({ url: local.control_plane_url, ca: local.ca }, keysOf(tool))
  t.teardown(cluster.close)
  t.equal((await cluster.call('GET', `/api/v1/namespaces/tool-${tool.name}/pods`)).status, 200, 'in the cluster, too')

  await control.clock.setOffset(3 * 365 * day)
  t.match(await list(), { status: 401, body: { code: 'not_verified' } }, 'certificates have expired by then')
})
