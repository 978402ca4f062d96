import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { readIdentity } from '../../../src/cli/kubeconfig.ts'

const pem = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`
const base64 = (text: string) => Buffer.from(text).toString('base64')

const usual = {
  'current-context': 'toolforge',
  contexts: [
    { name: 'other', context: {} },
    { name: 'toolforge', context: { cluster: 'toolforge', user: 'tf-test', namespace: 'tool-tf-test' } },
  ],
  clusters: [
    { name: 'toolforge', cluster: { server: 'https://k:1', 'certificate-authority-data': base64(pem('CA')) } },
  ],
  users: [
    {
      name: 'tf-test',
      user: { 'client-certificate': '../.toolskube/client.crt', 'client-key': '../.toolskube/client.key' },
    },
  ],
}

const home = (t: Test, kubeconfig: object): string =>
  t.testdir({
    '.kube': { config: stringify(kubeconfig) },
    '.toolskube': { 'client.crt': pem('CERTIFICATE'), 'client.key': pem('KEY') },
  })

const read = (home: string) => readIdentity(join(home, '.kube/config'), home)
const withUser = (user: object) => ({ ...usual, users: [{ name: 'tf-test', user }] })
const withContext = (context: object) => ({ ...usual, contexts: [{ name: 'toolforge', context }] })

t.test('the tool is in the namespace; certificate and key lie beside the kubeconfig', async t => {
  t.same(await read(home(t, usual)), {
    tool: 'tf-test',
    certificate: pem('CERTIFICATE'),
    key: pem('KEY'),
    ca: pem('CA'),
  })
})

t.test('data is base64 or plain PEM; a path goes before it', async t => {
  const data = { 'client-certificate-data': base64(pem('C')), 'client-key-data': pem('K') }
  t.match(await read(home(t, withUser(data))), { certificate: pem('C'), key: pem('K') })
  const both = { ...data, 'client-certificate': '~/.toolskube/client.crt' }
  t.match(await read(home(t, withUser(both))), { certificate: pem('CERTIFICATE'), key: pem('K') })
})

t.test('without a cluster, or without its CA, there is just none', async t => {
  const context = { user: 'tf-test', namespace: 'tool-tf-test' }
  t.match(await read(home(t, withContext(context))), { ca: undefined })
  t.match(await read(home(t, { ...usual, clusters: [{ name: 'toolforge', cluster: {} }] })), { ca: undefined })
})

t.test('what is wrong is said, with the file', async t => {
  const context = { cluster: 'toolforge', user: 'tf-test' }
  const cases: [kubeconfig: object, message: RegExp][] = [
    [{}, /has no current-context/],
    [{ 'current-context': 'x' }, /has no context "x"/],
    [withContext({ ...context }), /has no namespace, so it is not of a tool/],
    [withContext({ ...context, namespace: 'tf-public' }), /namespace "tf-public", not for a tool's \(tool-NAME\)/],
    [withContext({ ...context, namespace: 'tool-' }), /not for a tool's/],
    [withContext({ ...context, namespace: 'tool-../x' }), /not for a tool's/],
    [withContext({ ...context, namespace: 7 }), /namespace must be a text/],
    [withContext({ namespace: 'tool-a' }), /names no user/],
    [{ ...usual, users: [] }, /has no user "tf-test"/],
    [{ ...usual, clusters: [] }, /has no cluster "toolforge"/],
    [withUser({}), /has no client-certificate: the jobs service knows a tool by its certificate/],
    [withUser({ token: 'x' }), /has no client-certificate/],
    [withUser({ 'client-certificate-data': pem('C') }), /has no client-key/],
    [withUser({ 'client-certificate-data': 'AAAA' }), /client-certificate-data: holds no PEM/],
    [withUser({ 'client-certificate': 'gone.crt' }), /gone.crt \(client-certificate\): there is no such file/],
    [withUser({ 'client-certificate': '.' }), /it is a folder/],
  ]
  for (const [kubeconfig, message] of cases) {
    await t.rejects(read(home(t, kubeconfig)), { message, exitCode: 1 }, String(message))
  }
  await t.rejects(readIdentity('/nowhere/config', '/'), {
    message: /\/nowhere\/config \(kubeconfig\): there is no such file/,
  })
  const broken = t.testdir({ '.kube': { config: 'a: [' } })
  await t.rejects(read(broken), { message: /is not YAML/ })
})
