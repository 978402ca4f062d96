import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority } from '../../../src/pki/authority.ts'
import { isSignedBy } from '../../../src/pki/signed-by.ts'
import { forge } from '../../support/forge.ts'

const life = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2027, 0, 1) }
const read = ({ certificate }: { certificate: string }) => new X509Certificate(certificate)

t.test('a certificate is signed by the authority whose name it has and whose key signed it', async t => {
  const authority = await createAuthority({ commonName: 'ca', ...life })
  const leaf = await authority.issue({ subject: [{ CN: ['a'] }], usages: ['clientAuth'], ...life })
  t.ok(isSignedBy(read(leaf), read(authority)))
  t.notOk(isSignedBy(read(leaf), read(await createAuthority({ commonName: 'ca', ...life }))), 'another key')
  const pretended = await forge({
    subject: [{ CN: ['a'] }],
    issuer: await createAuthority({ commonName: 'other', ...life }),
    claimedIssuer: { name: [{ CN: ['ca'] }], key: authority.key },
  })
  t.ok(read(pretended).checkIssued(read(authority)))
  t.notOk(isSignedBy(read(pretended), read(authority)), 'only the name')
  const renamed = await forge({ subject: [{ CN: ['a'] }], issuer: authority, claimedIssuer: { name: [{ CN: ['b'] }] } })
  t.notOk(isSignedBy(read(renamed), read(authority)), 'another name')
})

t.test('who is no authority has signed nothing', async t => {
  const nobody = await forge({ subject: [{ CN: ['a'] }], keyUsage: 'absent' })
  const leaf = await forge({ subject: [{ CN: ['b'] }], issuer: nobody })
  t.ok(read(leaf).verify(read(nobody).publicKey))
  t.notOk(isSignedBy(read(leaf), read(nobody)))
  t.notOk(isSignedBy(read(nobody), read(nobody)))
})
