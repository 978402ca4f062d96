import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority, type Subject } from '../../../src/pki/authority.ts'
import { anonymous, currentUser, identify } from '../../../src/sandbox/authenticate.ts'
import { refusalOf } from '../../support/store.ts'

const life = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2026, 0, 2) }
const authority = await createAuthority({ commonName: 'ca', ...life })

async function certificate(subject: Subject): Promise<X509Certificate> {
  return new X509Certificate((await authority.issue({ subject, usages: ['clientAuth'], ...life })).certificate)
}

t.test('the CN is the user, every O a group', async t => {
  const shown = await certificate([{ O: ['toolforge'] }, { O: ['tools'] }, { CN: ['tf-a'] }])
  t.strictSame(identify({ certificate: shown, authorized: true }), {
    name: 'tf-a',
    groups: ['toolforge', 'tools', 'system:authenticated'],
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

t.test('an identity lasts as long as its certificate', async t => {
  const identity = identify({ certificate: await certificate([{ CN: ['a'] }]), authorized: true })
  const userAt = (now: number) => currentUser(identity, undefined, now)
  t.equal(userAt(life.notBefore).name, 'a')
  t.equal(userAt(life.notAfter).name, 'a')
  t.equal(refusalOf(() => userAt(life.notAfter + 1)).code, 401)
  t.equal(refusalOf(() => userAt(life.notBefore - 1)).code, 401)
})

t.test('without a certificate one is anonymous, with a token nobody', async t => {
  t.equal(identify({ certificate: undefined, authorized: false }), undefined)
  t.equal(currentUser(undefined, undefined, 0), anonymous)
  t.equal(currentUser(undefined, 'Basic eDp5', 0), anonymous)
  t.equal(refusalOf(() => currentUser(undefined, 'bearer x', 0)).code, 401)
})
