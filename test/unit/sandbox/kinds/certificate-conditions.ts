import t from 'tap'
import { createAuthority } from '../../../../src/pki/authority.ts'
import { sentence } from '../../../../src/sandbox/field-error.ts'
import {
  approvalChanges,
  certificateChanges,
  keepTimes,
  removals,
  validateConditions,
} from '../../../../src/sandbox/kinds/certificate-conditions.ts'
import type { CertificateSigningRequest } from '../../../../src/sandbox/kinds/types.ts'

type Status = CertificateSigningRequest['status']

const requestOf = (status: Status): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-11-22T10:00:00Z' },
  spec: { request: '', signerName: 'example.com/x' },
  status,
})
const condition = (type: string, status = 'True') => ({ type, status })
const conditions = (...types: string[]) => requestOf({ conditions: types.map(type => condition(type)) })
const base64 = (text: string) => Buffer.from(text).toString('base64')

t.test('conditions are of a type once, and what is decided is decided one way', async t => {
  const wrong = (...list: { type: string; status: string }[]) => sentence(validateConditions(list))
  t.strictSame(validateConditions([condition('Approved'), condition('Failed'), condition('Other', 'Unknown')]), [])
  t.equal(
    wrong(condition('Approved'), condition('Denied')),
    'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  )
  t.equal(wrong(condition('Other'), condition('Other')), 'status.conditions[1].type: Duplicate value: "Other"')
  t.equal(wrong(condition('')), 'status.conditions[0].type: Required value')
  t.equal(wrong(condition('Other', '')), 'status.conditions[0].status: Required value')
  t.equal(
    wrong(condition('Failed', 'False')),
    'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
  )
})

t.test('nothing is taken back', async t => {
  for (const type of ['Approved', 'Denied', 'Failed'])
    t.equal(
      sentence(removals(requestOf({}), conditions(type))),
      `status.conditions: Forbidden: updates may not remove a condition of type "${type}"`,
    )
  t.strictSame(removals(conditions('Approved'), conditions('Approved', 'Other')), [])
})

t.test('who writes the status decides on nothing, not even on the words', async t => {
  for (const type of ['Approved', 'Denied'])
    t.equal(
      sentence(approvalChanges(conditions(type), requestOf({}))),
      `status.conditions: Forbidden: updates may not add a condition of type "${type}"`,
    )
  t.strictSame(approvalChanges(conditions('Failed'), requestOf({})), [])
  const old = requestOf({
    conditions: [{ ...condition('Approved'), message: 'old', lastUpdateTime: '2026-11-22T10:00:00Z' }],
  })
  const request = requestOf({ conditions: [condition('Failed'), { ...condition('Approved'), message: 'new' }] })
  keepTimes(request, { old, part: 'status', now: Date.UTC(2026, 10, 22, 11) })
  t.match(request.status.conditions, [
    { type: 'Failed', lastUpdateTime: '2026-11-22T11:00:00Z', lastTransitionTime: '2026-11-22T11:00:00Z' },
    { type: 'Approved', message: 'old', lastUpdateTime: '2026-11-22T10:00:00Z' },
  ])
})

t.test('a certificate is one, and comes once', async t => {
  const { certificate: pem, key } = await createAuthority({ commonName: 'ca', notBefore: 0, notAfter: 4e12 })
  const wrong = (text: string, old: Status = {}) =>
    sentence(certificateChanges(requestOf({ certificate: base64(text) }), requestOf(old)))
  t.strictSame(certificateChanges(requestOf({ certificate: base64(pem + pem) }), requestOf({})), [])
  t.match(wrong('x'), 'status.certificate: Invalid value: "<certificate data>": must contain at least one')
  t.match(wrong(key), 'only CERTIFICATE PEM blocks are allowed, found "PRIVATE KEY"')
  t.match(wrong(pem.replace('CERTIFICATE-----\n', 'CERTIFICATE-----\nA: b\n\n')), 'no PEM block headers are permitted')
  t.match(wrong(pem.replace(/M/g, 'N')), 'x509: malformed certificate')
  const status = { certificate: base64(pem) }
  t.match(wrong(pem + pem, status), 'Forbidden: updates may not modify existing certificate content')
  t.strictSame(certificateChanges(requestOf(status), requestOf(status)), [])
  t.equal(certificateChanges(requestOf({}), requestOf(status)).length, 1)
})
