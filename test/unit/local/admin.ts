import t from 'tap'
import { createObjects } from '../../../src/local/admin.ts'
import { createPki } from '../../../src/local/pki.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { createSandbox } from '../../../src/sandbox/service.ts'

t.test('objects are created in their order, and a refusal comes in the control plane’s own words', async t => {
  const folder = t.testdir()
  const pki = await createPki(folder, systemClock.now())
  const { certificate, key } = pki.server
  const settings = { port: 0, client_ca: pki.ca, certificate, key, data_dir: `${folder}/pods`, pods: 'none' as const }
  const sandbox = createSandbox(settings, { clock: systemClock, log: quietLog })
  const { url } = await sandbox.start()
  t.teardown(sandbox.stop)
  const access = { url, ca: pki.ca, pair: pki.admin }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tool-a' } }
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'tool-a' } }
  await createObjects(access, [namespace, map])
  await t.rejects(createObjects(access, [map]), { message: /ConfigMap m was not created: .*already exists/ })
  await t.rejects(createObjects(access, [{ ...map, kind: 'Elephant' }]), { message: /Elephant/ })
})
