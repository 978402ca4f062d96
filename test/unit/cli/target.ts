import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findTarget } from '../../../src/cli/target.ts'
import { sandboxOf, writeRunning } from '../../../src/platform/running.ts'

const pem = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`
const kubeconfig = (tool: string, namespace = `tool-${tool}`) => `
current-context: toolforge
contexts: [{name: toolforge, context: {cluster: toolforge, user: me, namespace: ${namespace}}}]
clusters: [{name: toolforge, cluster: {certificate-authority: ca.crt}}]
users: [{name: me, user: {client-certificate: c.pem, client-key: c.pem}}]
`
const folder = (tool: string, namespace?: string) => ({
  config: kubeconfig(tool, namespace),
  'c.pem': pem(tool),
  'ca.crt': pem(`CA of ${tool}`),
})

const anAddress = 'api_gateway: {url: "https://api.example:1"}'

const place = (t: Test, { running, settings }: { running: boolean; settings: string }) => {
  const dir = t.testdir({
    home: {
      '.kube': folder('mine'),
      '.toolforge.yaml': settings,
    },
    checkout: { sandbox: { ...folder('tf-test'), 'api-ca.crt': pem('API CA') } },
    other: folder('tf-other'),
    foreign: folder('x', 'default'),
  })
  const checkout = join(dir, 'checkout')
  const sandbox = join(checkout, 'sandbox')
  if (running)
    writeRunning(sandboxOf(checkout), {
      api_url: 'https://127.0.0.1:30001/',
      ca_file: join(sandbox, 'api-ca.crt'),
      kubeconfig: join(sandbox, 'config'),
      pid: process.pid,
    })
  const home = join(dir, 'home')
  const files = [join(home, '.toolforge.yaml')]
  const find = (environment: Record<string, string> = {}) => findTarget({ environment, home, checkout }, files)
  return { dir, find }
}

t.test('a sandbox that runs in the checkout is found without configuration', async t => {
  const { find } = place(t, { running: true, settings: '' })
  t.match(await find(), {
    url: 'https://127.0.0.1:30001',
    identity: { tool: 'tf-test' },
    ca: pem('API CA'),
    sources: [/sandbox of this checkout/, /sandbox\/config$/],
  })
})

t.test('a configured address goes before the sandbox, with the own kubeconfig', async t => {
  const configured = place(t, { running: true, settings: anAddress })
  t.match(await configured.find(), {
    url: 'https://api.example:1',
    identity: { tool: 'mine' },
    ca: pem('CA of mine'),
    caSource: /the cluster's CA in .*\.kube\/config/,
  })
  const { find } = place(t, { running: true, settings: '' })
  t.match(await find({ TOOL_TOOLFORGE_API_URL: 'https://env.example' }), {
    url: 'https://env.example',
    identity: { tool: 'mine' },
  })
})

t.test('$KUBECONFIG says as whom, of the sandbox too', async t => {
  for (const settings of ['', anAddress]) {
    const { find, dir } = place(t, { running: true, settings })
    t.match(await find({ KUBECONFIG: join(dir, 'other/config') }), { identity: { tool: 'tf-other' } })
  }
  const { find, dir } = place(t, { running: true, settings: '' })
  await t.rejects(find({ KUBECONFIG: join(dir, 'foreign/config') }), {
    message: /not for a tool's.*\n\(A sandbox runs in this checkout: without \$KUBECONFIG its own is taken\.\)/,
  })
})

t.test('jobs.ca_file goes before the CA of the kubeconfig', async t => {
  const { find } = place(t, { running: false, settings: `${anAddress}\njobs: {ca_file: ../other/ca.crt}` })
  t.match(await find(), { ca: pem('CA of tf-other'), caSource: /jobs\.ca_file, .*other\/ca\.crt/ })
  const missing = place(t, { running: false, settings: `${anAddress}\njobs: {ca_file: gone.crt}` })
  await t.rejects(missing.find(), { message: /gone\.crt \(the CA of the jobs service\): there is no such file/ })
})

t.test('nothing configured: what to do is said', async t => {
  const { find } = place(t, { running: false, settings: '' })
  await t.rejects(find(), { message: /set api_gateway.url in .*TOOL_TOOLFORGE_API_URL.*\n.*npm start/, exitCode: 1 })
})
