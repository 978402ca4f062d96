import { createHash, X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority, type Subject } from '../../../src/pki/authority.ts'
import { anonymous, currentUser, identify, isOnlyUntimely } from '../../../src/sandbox/authenticate.ts'
import { unauthorized } from '../../../src/sandbox/status.ts'
import { refusalOf } from '../../support/store.ts'

const life = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2026, 0, 2) }
const authority = await createAuthority({ commonName: 'ca', ...life })

async function certificate(subject: Subject): Promise<X509Certificate> {
  return new X509Certificate((await authority.issue({ subject, usages: ['clientAuth'], ...life })).certificate)
}

const fingerprint = ({ raw }: X509Certificate): string => createHash('sha256').update(raw).digest('hex')

t.test('the CN is the user, every O a group', async t => {
  const shown = await certificate([{ O: ['toolforge'] }, { O: ['tools'] }, { CN: ['tf-a'] }])
  t.strictSame(identify({ certificate: shown, authorized: true }), {
    name: 'tf-a',
    groups: ['toolforge', 'tools', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint(shown)}`] },
    ...life,
  })
})

t.test('of several CNs the last counts, as for an API server', async t => {
  const shown = await certificate([{ CN: ['first'] }, { CN: ['last'] }])
  t.equal(identify({ certificate: shown, authorized: true })?.name, 'last')
})

t.test('a certificate without a name, or of an unknown CA, is refused', async t => {
  const nameless = await certificate([{ O: ['toolforge'] }])
  t.equal(refusalOf(() => identify({ certificate: nameless, authorized: true })).code, 401)
  const foreign = await certificate([{ CN: ['a'] }])
  t.equal(refusalOf(() => identify({ certificate: foreign, authorized: false })).code, 401)
})

const nobody = () => undefined

t.test('an identity lasts as long as its certificate', async t => {
  const identity = identify({ certificate: await certificate([{ CN: ['a'] }]), authorized: true })
  const userAt = (now: number) =>
    currentUser({ identity: () => identity, authorization: undefined }, { now, userOf: nobody })
  t.equal(userAt(life.notBefore).name, 'a')
  t.equal(userAt(life.notAfter).name, 'a')
  t.equal(refusalOf(() => userAt(life.notAfter + 1)).code, 401)
  t.equal(refusalOf(() => userAt(life.notBefore - 1)).code, 401)
})

t.test('without a certificate one is anonymous, or whoever the token is of, or nobody', async t => {
  t.equal(identify({ certificate: undefined, authorized: false }), undefined)
  const account = { name: 'system:serviceaccount:ns:a', groups: [] }
  const userOf = (token: string) => (token === 'good' ? account : undefined)
  const user = (authorization?: string) => currentUser({ identity: nobody, authorization }, { now: 0, userOf })
  t.equal(user(), anonymous)
  t.equal(user('Basic eDp5'), anonymous)
  t.equal(user('Bearer '), anonymous)
  t.equal(user('Bearer good'), account)
  t.equal(user('bearer good and more'), account)
  t.equal(refusalOf(() => user('bearer x')).code, 401)
})

t.test('a certificate goes before a token, and a token before a certificate that proves nothing', async t => {
  const identity = identify({ certificate: await certificate([{ CN: ['a'] }]), authorized: true })
  const account = { name: 'system:serviceaccount:ns:a', groups: [] }
  const userOf = (token: string) => (token === 'good' ? account : undefined)
  const user = (shown: () => typeof identity, token: string, now = life.notBefore) =>
    currentUser({ identity: shown, authorization: `Bearer ${token}` }, { now, userOf })
  t.equal(user(() => identity, 'good').name, 'a')
  t.equal(user(() => identity, 'bad').name, 'a')
  t.equal(
    user(() => identity, 'good', life.notAfter + 1),
    account,
  )
  t.equal(refusalOf(() => user(() => identity, 'bad', life.notAfter + 1)).code, 401)
  const hostile = () => {
    throw unauthorized()
  }
  t.equal(user(hostile, 'good'), account)
  t.equal(refusalOf(() => user(hostile, 'bad')).code, 401)
  const broken = () => {
    throw new Error('broken')
  }
  t.throws(() => user(broken, 'good'), { message: 'broken' })
})

t.test(
  'dates that only the machine finds wrong are none of its business; all else that TLS may not have told of is',
  async t => {
    const complaint = 'CERT_NOT_YET_VALID'
    const bundle = [new X509Certificate(authority.certificate)]
    const shown = await certificate([{ CN: ['a'] }])
    t.ok(isOnlyUntimely(shown, complaint, bundle))
    t.ok(isOnlyUntimely(shown, 'CERT_HAS_EXPIRED', bundle))
    for (const other of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'INVALID_PURPOSE', undefined, null])
      t.notOk(isOnlyUntimely(shown, other, bundle), String(other))
    const same = await createAuthority({ commonName: 'ca', ...life })
    t.notOk(isOnlyUntimely(shown, complaint, [new X509Certificate(same.certificate)]), 'of a CA with the same name')
    t.notOk(isOnlyUntimely(shown, complaint, []))
    const server = await authority.issue({ subject: [{ CN: ['a'] }], usages: ['serverAuth'], ...life })
    t.notOk(isOnlyUntimely(new X509Certificate(server.certificate), complaint, bundle), 'of a server')
    t.notOk(isOnlyUntimely(new X509Certificate(authority.certificate), complaint, bundle), 'the CA itself')
  },
)
