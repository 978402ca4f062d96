import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { createPki } from '../../../src/local/pki.ts'

const now = Date.UTC(2026, 10, 22)

t.test('one authority signs the server, the administrator, and each service', async t => {
  const folder = t.testdir()
  const pki = await createPki(folder, now)
  const ca = new X509Certificate(pki.ca)
  t.ok(ca.ca)
  const fileOf = (file: string) => new X509Certificate(readFileSync(file))
  const kubeusers = fileOf(pki.kubeusersFiles.certificate)
  for (const certificate of [
    new X509Certificate(pki.server.certificate),
    new X509Certificate(pki.admin.certificate),
    fileOf(pki.serviceFiles.certificate),
    kubeusers,
  ]) {
    t.ok(certificate.verify(ca.publicKey), certificate.subject)
    t.ok(certificate.validFromDate.getTime() < now, 'a clock that is a little behind does not refuse it')
  }
  t.equal(kubeusers.subject, 'CN=service:kubeusers', 'of no group')
  t.ok(ca.checkPrivateKey(createPrivateKey(pki.caKey)))
  t.equal(new X509Certificate(pki.server.certificate).checkIP('127.0.0.1'), '127.0.0.1')
})

t.test('only what a service must read is a file, and the key is for its owner', async t => {
  const pki = await createPki(t.testdir(), now)
  t.equal(readFileSync(pki.caFile, 'utf8'), pki.ca)
  t.equal(readFileSync(pki.serverFiles.certificate, 'utf8'), pki.server.certificate)
  for (const { key } of [pki.serverFiles, pki.serviceFiles, pki.kubeusersFiles])
    t.equal(statSync(key).mode & 0o777, 0o600)
})
