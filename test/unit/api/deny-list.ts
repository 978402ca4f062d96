import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkDenyList, createDenyListWatch, denyListConfig } from '../../../src/api/deny-list.ts'
import { createObjects } from '../../../src/local/admin.ts'
import { createPki } from '../../../src/local/pki.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { ConfigError, parseConfig } from '../../../src/platform/config.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { createSandbox } from '../../../src/sandbox/service.ts'
import { chartObjects } from '../../support/chart.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

const config = (yaml: string) => parseConfig(denyListConfig, yaml)
const tools = { clock: systemClock, log: quietLog }

t.test('half an account, two accounts or two lists are refused', async t => {
  t.throws(() => checkDenyList(config('certificate_file: c')), ConfigError)
  t.throws(() => checkDenyList(config('key_file: k')), ConfigError)
  t.throws(() => checkDenyList(config('{token_file: t, certificate_file: c, key_file: k}')), ConfigError)
  t.throws(() => checkDenyList(config('token_file: t'), 'list.json'), ConfigError)
  t.doesNotThrow(() => checkDenyList(config(''), 'list.json'))
  t.doesNotThrow(() => checkDenyList(config('{certificate_file: c, key_file: k}')))
})

t.test('without an account nothing is watched', async t => {
  const lists: string[] = []
  const trust = { setDenyList: (json: string) => lists.push(json) > 0 }
  const watch = createDenyListWatch(config(''), { ...tools, trust })
  await watch.start({ server: 'https://127.0.0.1:1', ca: '', timeout_ms: 1000 })
  await watch.stop()
  t.same(lists, [])
})

t.test(
  'the list is what the ConfigMap says, from before the first tenant on, with the rights of the chart alone',
  async t => {
    const folder = t.testdir()
    const pki = await createPki(folder, systemClock.now())
    const settings = {
      port: 0,
      client_ca: pki.ca,
      ...pki.server,
      data_dir: join(folder, 'pods'),
      pods: 'none' as const,
    }
    const sandbox = createSandbox(settings, tools)
    const { url } = await sandbox.start()
    t.teardown(sandbox.stop)
    await createObjects({ url, ca: pki.ca, pair: pki.admin }, await chartObjects('rbac.yaml'))
    const admin = createRawClient({ url, ca: pki.ca }, pki.admin)
    t.teardown(admin.close)
    const collection = '/api/v1/namespaces/toolforge-system/configmaps'
    const map = (list: string) => ({ metadata: { name: 'deny-list' }, data: { 'list.json': list } })

    const lists: string[] = []
    const trust = { setDenyList: (json: string) => lists.push(json) > 0 }
    const { certificate, key } = pki.serviceFiles
    const watch = createDenyListWatch(config(`{certificate_file: ${certificate}, key_file: ${key}}`), {
      ...tools,
      trust,
    })
    t.teardown(watch.stop)
    await watch.start({ server: url, ca: pki.ca, timeout_ms: 5000 })
    t.same(lists, ['[]'], 'there is none yet')
    await admin.call('POST', collection, { body: map('[1]') })
    await waitUntil('the list', () => lists.at(-1) === '[1]')
    await admin.call('PUT', `${collection}/deny-list`, { body: map('[2]') })
    await waitUntil('its change', () => lists.at(-1) === '[2]')
    await admin.call('DELETE', `${collection}/deny-list`)
    await waitUntil('its end', () => lists.at(-1) === '[]')

    const asService = { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
    const service = createRawClient({ url, ca: pki.ca }, asService)
    t.teardown(service.close)
    for (const path of [
      '/api/v1/namespaces/tf-public/configmaps',
      '/api/v1/namespaces/toolforge-system/secrets',
      '/apis/batch/v1/jobs',
    ]) {
      t.equal((await service.call('GET', path)).status, 403, path)
    }
  },
)
