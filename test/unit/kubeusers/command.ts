import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { apply, chartObjects } from '../../support/chart.ts'
import { runKubeusers, startKubeusers } from '../../support/kubeusers-process.ts'
import { user } from '../../support/kubeusers-world.ts'
import { startSandbox } from '../../support/sandbox.ts'
import { homesRoot } from '../../support/tool-home.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** A sandbox, and a configuration of kubeusers for it. */
async function site(t: Test) {
  const { endpoint, keys, admin } = await startSandbox(t)
  await apply(admin, [...(await chartObjects('rbac.yaml')), ...(await chartObjects('service.yaml'))])
  const pair = await keys([{ CN: [user] }])
  const folder = homesRoot(t)
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const root = join(folder, 'project')
  mkdirSync(root, { mode: 0o755 })
  const ca = file('ca.pem', endpoint.ca)
  return {
    folder,
    config: {
      directory: {
        kind: 'file',
        file: { path: file('accounts.yaml', stringify({ tools: [{ name: 'a', uid: 50_001 }] })) },
      },
      homes: { root },
      kubernetes: { server: endpoint.url, ca_file: ca },
      identity: { certificate_file: file('own.crt', pair.certificate), key_file: file('own.key', pair.key) },
      certificates: { authorities_file: ca },
      admin: { host: '127.0.0.1', port: 0 },
    },
  }
}

t.test('one pass is made, and told', async t => {
  const { config } = await site(t)
  const planned = await runKubeusers(t, config, { words: ['--dry-run'] })
  t.match(planned, { code: 0, stderr: '' })
  t.match(planned.stdout, /a: .*certificate/)
  const { code, stdout, stderr } = await runKubeusers(t, config, { words: ['--once'] })
  t.strictSame([code, stderr], [0, ''])
  t.match(stdout, /1 tools done, 0 failed/)
  const again = await runKubeusers(t, config, { words: ['--once', '--json'] })
  t.match(JSON.parse(again.stdout), { done: 0, failed: [] })
})

t.test('a pass waits for the instance that works, and says so', async t => {
  const { config } = await site(t)
  const working = startKubeusers(t, config)
  await working.ready()
  const pass = startKubeusers(t, config, ['--once'])
  await waitUntil('it to say for whom it waits', () => /^Waiting for \S+, which holds the lease\.$/m.test(pass.log()))
  await working.end('SIGTERM')
  await waitUntil('the pass', () => /0 tools done, 0 failed/.test(pass.log()))
})

t.test('what cannot be read is said in a line, without a trace', async t => {
  const { config, folder } = await site(t)
  const path = join(folder, 'none.yaml')
  const lost = { ...config, directory: { kind: 'file', file: { path } } }
  for (const words of [['--once'], ['--dry-run']]) {
    const { code, stdout, stderr } = await runKubeusers(t, lost, { words })
    t.strictSame([code, stdout], [1, ''])
    t.equal(stderr.split('\n').length, 2, stderr)
    t.match(stderr, path)
  }
})

t.test('arguments and configuration are checked', async t => {
  const { config } = await site(t)
  t.match(await runKubeusers(t, config, { words: ['--check-config'] }), { code: 0, stdout: /config.yaml is right\n$/ })
  t.match(await runKubeusers(t, config, { words: ['--often'] }), { code: 2, stderr: /unknown option '--often'/ })
  t.match(await runKubeusers(t, { ...config, identity: {} }, { words: ['--once'] }), {
    code: 1,
    stderr: /identity: set one of/,
  })
  t.match(await runKubeusers(t, { ...config, homs: {} }, { words: ['--check-config', '--once'] }), {
    code: 1,
    stderr: /homs/,
  })
  t.match(await runKubeusers(t, config, { words: ['waiting'] }), { code: 0, stderr: '' })
  t.match(await runKubeusers(t, config, { words: ['confirm', 'x'] }), { code: 1, stderr: /Nothing waits under x/ })
})

t.test('a service that cannot go on says so, and is ill', async t => {
  const { config, folder } = await site(t)
  const service = startKubeusers(t, { ...config, certificates: { authorities_file: join(folder, 'none.pem') } })
  const address = await waitUntil(
    'the service to start',
    () => /"admin":\{"host":"127.0.0.1","port":(\d+)\}/.exec(service.log())?.[1],
  )
  const health = await waitUntil('the service to be ill', async () => {
    const answer = await fetch(`http://127.0.0.1:${address}/healthz`)
    return answer.status === 503 ? answer.text() : undefined
  })
  t.match(health, /kubeusers cannot go on: .*none\.pem/)
  t.equal(await service.end('SIGTERM'), 0)
})
