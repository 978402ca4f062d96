import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { readOperatorConfig } from '../../../src/kube/operator-config.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

function read(t: Test, { user = {}, cluster = {}, more = {} }: { user?: object; cluster?: object; more?: object }) {
  const folder = t.testdir({ 'ca.pem': 'CA', 'crt.pem': 'CRT', 'key.pem': 'KEY', token: ' secret\n' })
  const file = join(folder, 'config')
  const value = {
    apiVersion: 'v1',
    'current-context': 'here',
    clusters: [
      { name: 'other', cluster: { server: 'https://other' } },
      { name: 'c', cluster: { server: 'https://server', 'certificate-authority': 'ca.pem', ...cluster } },
    ],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'x' } }],
    users: [{ name: 'u', user }],
    ...more,
  }
  writeFileSync(file, stringify(value))
  return { file, folder, config: () => readOperatorConfig(file) }
}
const tokenOf = async (identity: object) =>
  'token' in identity && typeof identity.token === 'function' ? await identity.token() : undefined

t.test('server, CA and credentials of the current context are taken, from files beside it or from data', async t => {
  const pair = { certificate: 'CRT', key: 'KEY' }
  const files = read(t, { user: { 'client-certificate': 'crt.pem', 'client-key': 'key.pem', token: 'unused' } })
  t.strictSame(files.config(), { server: 'https://server', ca: 'CA', identity: pair })
  const data = read(t, {
    user: { 'client-certificate-data': base64('CRT'), 'client-key-data': base64('KEY') },
    cluster: { 'certificate-authority-data': base64('OTHER CA') },
  })
  t.strictSame(data.config(), { server: 'https://server', ca: 'OTHER CA', identity: pair })
  const absolute = read(t, { user: { 'client-certificate': join(files.folder, 'crt.pem'), 'client-key': 'key.pem' } })
  t.strictSame(absolute.config().identity, pair)
})

t.test('a token is read from its file at each call', async t => {
  const { config, folder } = read(t, { user: { tokenFile: 'token', token: 'unused' } })
  const { identity } = config()
  t.equal(await tokenOf(identity), 'secret')
  writeFileSync(join(folder, 'token'), 'next')
  t.equal(await tokenOf(identity), 'next')
  t.equal(await tokenOf(read(t, { user: { token: 'here' } }).config().identity), 'here')
})

t.test('what cannot be used is said, with the file', async t => {
  const rows: [Parameters<typeof read>[1], RegExp][] = [
    [{}, /neither a certificate with its key nor a token; programs that log in are not run/],
    [{ user: { exec: { command: 'login' } } }, /programs that log in are not run/],
    [{ user: { 'client-certificate': 'crt.pem' } }, /neither a certificate/],
    [{ user: { 'client-key': 'key.pem' } }, /neither a certificate/],
    [{ user: { 'client-certificate': 'none.pem', 'client-key': 'key.pem' } }, /none\.pem/],
    [{ user: { token: 5 } }, /./],
    [{ cluster: { 'certificate-authority': undefined } }, /its cluster has no certificate authority/],
    [{ more: { 'current-context': 'away' } }, /it has no context "away"/],
    [{ more: { clusters: [] } }, /it has no cluster "c"/],
    [{ more: { users: [] } }, /it has no user "u"/],
    [{ more: { contexts: 'none' } }, /./],
  ]
  for (const [given, message] of rows) {
    const { file, config } = read(t, given)
    t.throws(config, { message }, String(message))
    t.throws(config, { message: new RegExp(`^${file}: `) })
  }
  t.throws(() => readOperatorConfig('/none/such'), { message: /^\/none\/such: / })
})
