import t from 'tap'
import { rfc3339 } from '../../../../src/platform/clock.ts'
import { certificateSigningRequests } from '../../../../src/sandbox/kinds/certificate-signing-request.ts'
import { tableOf } from '../../../../src/sandbox/table.ts'
import { newSigningRequest } from '../../../support/signing-request.ts'
import { createTestStore, found, newOf, refusalOf } from '../../../support/store.ts'

const { request: pem } = await newSigningRequest({ subject: [{ CN: ['a'] }] })
const request = Buffer.from(pem, 'latin1').toString('base64')
const spec = { request, signerName: 'example.com/x', usages: ['client auth'] }
const approved = { type: 'Approved', status: 'True', reason: 'r', message: 'm' }

function setup() {
  const { store, clock } = createTestStore()
  const create = (more: object = {}, fields: object = {}) =>
    store.create(
      certificateSigningRequests,
      newOf(certificateSigningRequests, 'a', { ...fields, spec: { ...spec, ...more } }),
    )
  const write = (subresource: 'status' | 'approval' | undefined, fields: object) =>
    store.update(
      certificateSigningRequests,
      { ...found(store, certificateSigningRequests, 'a'), ...fields },
      subresource === undefined ? {} : { subresource },
    )
  return { store, clock, create, write }
}

const refused = (more: object) => refusalOf(() => setup().create(more)).message

t.test('what is asked for is checked, and the status is not for the asker', async t => {
  const { create } = setup()
  t.strictSame(create({}, { status: { conditions: [approved] } })['status'], {})
  t.match(refused({ request: '' }), 'spec.request: Invalid value: "": PEM block type must be CERTIFICATE REQUEST')
  t.match(refused({ usages: undefined }), 'spec.usages: Required value')
  t.match(refused({ usages: ['x', 'any', 'any'] }), 'spec.usages[0]: Unsupported value: "x"')
  t.match(refused({ usages: ['x', 'any', 'any'] }), 'spec.usages[2]: Duplicate value: "any"')
  t.match(refused({ expirationSeconds: 599 }), 'may not specify a duration less than 600 seconds (10 minutes)')
  t.ok(setup().create({ expirationSeconds: 600 }))
})

t.test('names may be anything that is one part of a path', async t => {
  const { store } = setup()
  const named = (name: string) => () =>
    store.create(certificateSigningRequests, newOf(certificateSigningRequests, name, { spec }))
  t.ok(named('Some:Body')())
  t.match(refusalOf(named('a/b')).message, "may not contain '/'")
})

t.test('spec and status stay as they are when the whole is written', async t => {
  const { create, write } = setup()
  const before = create()
  const after = write(undefined, { spec: { ...spec, usages: ['any'] }, status: { conditions: [approved] } })
  t.strictSame(after['spec'], before['spec'])
  t.strictSame(after['status'], {})
})

t.test('a decision gets its times, and keeps that of its first moment', async t => {
  const { clock, create, write } = setup()
  create()
  const times = (object: { status: { conditions?: { lastUpdateTime?: string; lastTransitionTime?: string }[] } }) =>
    object.status.conditions?.map(({ lastUpdateTime, lastTransitionTime }) => [lastUpdateTime, lastTransitionTime])
  const first = rfc3339(clock.now())
  t.strictSame(times(write('approval', { status: { conditions: [approved], certificate: request } })), [[first, first]])
  await clock.advance(60_000)
  const later = rfc3339(clock.now())
  const again = write('approval', { status: { conditions: [{ ...approved, message: 'again' }] } })
  t.strictSame(times(again), [[later, first]])
  t.equal(again.status.certificate, undefined, 'a decision is no certificate')
})

t.test('the table tells how far it has come', async t => {
  const { create, write } = setup()
  const cells = (object: ReturnType<typeof create>) =>
    tableOf(certificateSigningRequests, [object], {
      meta: { resourceVersion: '1' },
      query: new URLSearchParams(),
      now: Date.parse(object.metadata.creationTimestamp) + 5000,
    }).rows[0]?.cells
  t.strictSame(cells(create({ expirationSeconds: 86_400, username: 'u' })), [
    'a',
    '5s',
    'example.com/x',
    'u',
    '24h',
    'Pending',
  ])
  t.equal(cells(write('approval', { status: { conditions: [approved] } }))?.at(-1), 'Approved')
  const failed = { status: { conditions: [approved, { type: 'Failed', status: 'True' }] } }
  t.equal(cells(write('status', failed))?.at(-1), 'Approved,Failed')
})
