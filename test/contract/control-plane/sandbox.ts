import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createAuthority, type Subject } from '../../../src/pki/authority.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { createSandbox } from '../../../src/sandbox/service.ts'
import { apply, chartObjects } from '../../support/chart.ts'
import { createRawClient, type RawClient } from '../../support/raw-client.ts'
import { changed, configMap, created } from './kit.ts'
import type { Target } from './target.ts'

const hour = 3_600_000
const image = 'localhost/busybox:1'
const history = 200

/** Writes until what was before is out of the history that watches may start from. */
async function forget(admin: RawClient): Promise<void> {
  const path = '/api/v1/namespaces/default/events'
  await created(admin, path, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'forget', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'none', namespace: 'default' },
    reason: 'Forget',
    type: 'Normal',
  })
  for (let count = 1; count <= 2 * history + 1; count++) await changed(admin, `${path}/forget`, { count })
  await admin.call('DELETE', `${path}/forget`)
}

/** The embedded control plane, in this process. */
export async function sandboxTarget(t: Test): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'treaty-'))
  await chmod(folder, 0o755)
  const life = { notBefore: Date.now() - hour, notAfter: Date.now() + hour }
  const authority = await createAuthority({ commonName: 'kubernetes-ca', ...life })
  const server = await authority.issue({
    subject: [{ CN: ['server'] }],
    usages: ['serverAuth'],
    hosts: ['127.0.0.1'],
    ...life,
  })
  const sandbox = createSandbox(
    {
      port: 0,
      client_ca: authority.certificate,
      client_ca_key: authority.key,
      ...server,
      data_dir: join(folder, 'pods'),
      images: [{ image, needs: ['sh'] }],
      watch_history: history,
    },
    { clock: systemClock, log: quietLog },
  )
  const { url } = await sandbox.start()
  const endpoint = { url, ca: authority.certificate }
  const keysOf = (subject: Subject) => authority.issue({ subject, usages: ['clientAuth'], ...life })
  const admin = createRawClient(endpoint, await keysOf([{ O: ['system:masters'] }, { CN: ['admin'] }]))
  t.teardown(async () => {
    admin.close()
    await sandbox.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const images = { ...configMap('image-config', { data: { 'images-v1.yaml': '{}' } }) }
  await apply(admin, [
    ...(await chartObjects('rbac.yaml')),
    { ...images, metadata: { name: 'image-config', namespace: 'tf-public' } },
  ])
  let tools = 0
  return {
    name: 'sandbox',
    endpoint,
    authority,
    admin,
    image,
    forgetHistory: () => forget(admin),
    async newTool() {
      const name = `t-${++tools}`
      const uid = process.getuid?.() ?? 1000
      const home = join(folder, name)
      await mkdir(home)
      await apply(admin, await chartObjects('tool.yaml', { TOOL: name, UID: String(uid) }))
      const keys = await keysOf([{ O: ['toolforge'] }, { CN: [name] }])
      const client = createRawClient(endpoint, keys)
      t.teardown(client.close)
      return { name, namespace: `tool-${name}`, keys, client, uid, home }
    },
  }
}
