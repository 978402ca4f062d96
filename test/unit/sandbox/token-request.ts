import t from 'tap'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { secrets } from '../../../src/sandbox/kinds/secret.ts'
import { serviceAccounts } from '../../../src/sandbox/kinds/service-account.ts'
import { requestToken } from '../../../src/sandbox/token-request.ts'
import { createTokens, issuer } from '../../../src/sandbox/tokens.ts'
import { createTestStore, newOf, podSpec, refusalOf, writeRequest } from '../../support/store.ts'

function setup() {
  const { store, clock } = createTestStore()
  const tokens = createTokens({ store, clock })
  const account = store.create(serviceAccounts, newOf(serviceAccounts, 'a'))
  const ask = (spec: object = {}, { metadata = {}, name = 'a' } = {}) => {
    const reply = requestToken(
      { store, tokens, now: clock.now() },
      writeRequest(serviceAccounts, { metadata, spec }, { name, subresource: 'token' }),
    )
    return { code: reply.code, body: JSON.parse(String(reply.body)) }
  }
  const refused = (...given: Parameters<typeof ask>) => refusalOf(() => ask(...given))
  const bound = (kind: string, more: object = {}) => ({
    boundObjectRef: { apiVersion: 'v1', kind, name: 'x', ...more },
  })
  return { store, tokens, account, ask, refused, bound }
}

t.test('the answer is the request with a token', async t => {
  const { account, tokens, ask } = setup()
  const { code, body } = ask()
  t.equal(code, 201)
  t.hasStrict(body, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: 'a', namespace: 'ns', uid: account.metadata.uid, creationTimestamp: '2026-11-22T10:00:00Z' },
    spec: { audiences: [issuer], expirationSeconds: 3600, boundObjectRef: null },
    status: { expirationTimestamp: '2026-11-22T11:00:00Z' },
  })
  t.equal(tokens.userOf(body.status.token)?.name, 'system:serviceaccount:ns:a')
  t.hasStrict(ask({ audiences: ['x'], expirationSeconds: 600 }).body, {
    spec: { audiences: ['x'], expirationSeconds: 600 },
    status: { expirationTimestamp: '2026-11-22T10:10:00Z' },
  })
})

t.test('what it says of the account must be so', async t => {
  const { account, ask, refused } = setup()
  const { uid } = account.metadata
  t.ok(ask({}, { metadata: { name: 'a', namespace: 'ns', uid } }))
  t.match(refused({}, { metadata: { name: 'b' } }).message, 'must match the service account name if specified')
  t.match(
    refused({}, { metadata: { namespace: 'b' } }).message,
    'must match the service account namespace if specified',
  )
  t.match(refused({}, { metadata: { uid: 'x' } }), {
    code: 409,
    message: `(x) does not match the UID of the service account (${uid})`,
  })
  t.match(refused({}, { name: 'b' }), { code: 404, message: 'serviceaccounts "b" not found' })
  t.match(refused({ expirationSeconds: 599 }).message, 'may not specify a duration less than 10 minutes')
  t.match(refused({ expirationSeconds: 2 ** 32 + 1 }).message, 'may not specify a duration larger than 2^32 seconds')
})

t.test('it can be bound to a Secret, or to a pod of the account', async t => {
  const { store, ask, refused, bound } = setup()
  t.match(refused(bound('Secret')), { code: 404, message: 'secrets "x" not found' })
  store.create(secrets, newOf(secrets, 'x'))
  t.ok(ask(bound('Secret')))
  t.match(refused(bound('Secret', { uid: 'y' })), {
    code: 409,
    message: 'Operation cannot be fulfilled on Secret "x": ',
  })
  t.match(refused(bound('Pod')), { code: 404 })
  store.create(pods, newOf(pods, 'x', { spec: podSpec() }))
  t.match(refused(bound('Pod')), { code: 400, message: 'to pod running with different serviceaccount name.' })
  store.remove(pods, { namespace: 'ns', name: 'x' })
  store.create(pods, newOf(pods, 'x', { spec: { ...podSpec(), serviceAccountName: 'a', nodeName: 'n' } }))
  const { body } = ask(bound('Pod'))
  const claims = JSON.parse(Buffer.from(body.status.token.split('.')[1], 'base64url').toString())
  t.hasStrict(claims['kubernetes.io'], { pod: { name: 'x' }, node: { name: 'n' } })
  t.match(refused(bound('ConfigMap')).message, 'cannot bind token to object of type /v1, Kind=ConfigMap')
  t.match(refused(bound('Deployment', { apiVersion: 'apps/v1' })).message, 'object of type apps/v1, Kind=Deployment')
})
