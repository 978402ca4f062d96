import t, { type Test } from 'tap'
import { credentialSources } from '../../../src/homes/kubeconfig.ts'
import { kubeconfigOf } from '../../support/tool-home.ts'

const config = (user: string) => `users:\n- name: tf-a\n  user:\n${user.replace(/^/gm, '    ')}\n`
const refused = (t: Test, text: string, message: RegExp) =>
  t.throws(() => credentialSources(text, 'tf-a'), { name: 'HomeProblem', kind: 'wrong', message })

t.test('the paths are those of the user entry by name, whatever the current context says', async t => {
  const text = kubeconfigOf('a', { certificate: '/x/c.crt', key: 'c.key' }).replace(
    'current-context: toolforge',
    'current-context: other',
  )
  t.same(credentialSources(text, 'tf-a'), { certificate: { path: '/x/c.crt' }, key: { path: 'c.key' } })
})

t.test('JSON is read as well', async t => {
  const text = JSON.stringify({ users: [{ name: 'tf-a', user: { 'client-certificate': 'c', 'client-key': 'k' } }] })
  t.same(credentialSources(text, 'tf-a'), { certificate: { path: 'c' }, key: { path: 'k' } })
})

t.test('data is base64 or plain PEM, and goes before a path', async t => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  const base64 = Buffer.from(pem).toString('base64')
  const user = {
    'client-certificate': 'c',
    'client-certificate-data': base64,
    'client-key': 'k',
    'client-key-data': `\n${pem}`,
  }
  const sources = credentialSources(JSON.stringify({ users: [{ name: 'tf-a', user }] }), 'tf-a')
  t.same(sources, { certificate: { pem }, key: { pem: `\n${pem}` } })
})

t.test('empty fields count as absent', async t => {
  t.same(
    credentialSources(
      config("client-certificate-data: ''\nclient-certificate: c\nclient-key-data:\nclient-key: k"),
      'tf-a',
    ),
    {
      certificate: { path: 'c' },
      key: { path: 'k' },
    },
  )
})

t.test('commands, tokens, servers and proxies are never taken', async t => {
  const extra = `exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/evil}
token: secret
tokenFile: /etc/passwd
username: u
password: p
auth-provider: {name: gcp}`
  t.same(credentialSources(config(`${extra}\nclient-certificate: c\nclient-key: k`), 'tf-a'), {
    certificate: { path: 'c' },
    key: { path: 'k' },
  })
  refused(t, config(extra), /names no client-certificate .*tokens and commands are not taken/)
  refused(t, config('client-certificate: c'), /names no client-key /)
})

t.test('there is exactly one entry of that name', async t => {
  const entry = '- {name: tf-a, user: {client-certificate: c, client-key: k}}'
  refused(t, `users:\n${entry}\n${entry}\n`, /more than one user entry "tf-a"/)
  refused(t, `users:\n- {name: tf-b, user: {client-certificate: c, client-key: k}}\n`, /has no user entry "tf-a"/)
  refused(t, 'users:\n- {name: tf-a}\n- 7\n- null\n', /has no user entry/)
  refused(t, 'users:\n- {name: tf-a, user: text}\n', /has no user entry/)
  for (const text of ['', 'null', '7', 'text', '[]', 'users: {}', 'users: text', 'users:'])
    refused(t, text, /has no user entry/)
})

t.test('what is not YAML, or is several documents, is refused', async t => {
  for (const text of ['a: [', '\t- x', '%', 'a: 1\na: 2', 'a: 1\n---\nb: 2\n'])
    refused(t, text, /is not YAML that can be read/)
})

t.test('aliases multiply nothing: few are taken, many refused', async t => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (let i = 0; i < 9; i++) bomb.push(`${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${`*${'abcdefghi'[i]},`.repeat(9)}]`)
  refused(t, bomb.join('\n'), /is not YAML that can be read/)
  const few = 'x: &x {client-certificate: c, client-key: k}\nusers:\n- {name: tf-a, user: *x}\n'
  t.same(credentialSources(few, 'tf-a'), { certificate: { path: 'c' }, key: { path: 'k' } })
})

t.test('fields of another type are refused', async t => {
  for (const value of ['7', '[c]', '{a: b}', 'true'])
    refused(t, config(`client-certificate: ${value}\nclient-key: k`), /has a client-certificate that is not a text/)
  refused(t, config('client-certificate-data: 7\nclient-key: k'), /has a client-certificate-data that is not a text/)
})

t.test('data too large for a certificate or key is refused', async t => {
  refused(t, config(`client-certificate: c\nclient-key-data: ${'A'.repeat(64 * 1024 + 1)}`), /holds more data than/)
  t.ok(credentialSources(config(`client-certificate: c\nclient-key-data: ${'A'.repeat(64 * 1024)}`), 'tf-a'))
})
