import t from 'tap'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { secrets } from '../../../src/sandbox/kinds/secret.ts'
import { serviceAccounts } from '../../../src/sandbox/kinds/service-account.ts'
import { createTokens, issuer, type TokenWish } from '../../../src/sandbox/tokens.ts'
import { createTestStore, newOf, podSpec } from '../../support/store.ts'

function setup() {
  const { store, clock } = createTestStore()
  const tokens = createTokens({ store, clock })
  const account = store.create(serviceAccounts, newOf(serviceAccounts, 'a'))
  const issue = (wish: Partial<TokenWish> = {}) =>
    tokens.issue({ account, audiences: [issuer], expiresIn: 600, ...wish })
  const error = (token: string, audiences = [issuer]) => {
    const verdict = tokens.verify(token, audiences)
    return 'error' in verdict ? verdict.error : undefined
  }
  return { store, clock, tokens, account, issue, error }
}

t.test('a token is of its account', async t => {
  const { tokens, account, issue } = setup()
  const user = tokens.userOf(issue())
  t.hasStrict(user, {
    name: 'system:serviceaccount:ns:a',
    uid: account.metadata.uid,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
  })
  t.match(user?.extra, { 'authentication.kubernetes.io/credential-id': [/^JTI=[\w-]{36}$/] })
  t.equal(tokens.userOf('x'), undefined)
  t.equal(setup().tokens.userOf(issue()), undefined, 'another cluster has another key')
})

t.test('it is good for its time, and a minute more or less', async t => {
  const { clock, issue, error } = setup()
  const token = issue()
  await clock.advance(660_000)
  t.equal(error(token), undefined)
  await clock.advance(1000)
  t.equal(error(token), 'service account token has expired')
  let now = clock.now()
  const { store } = setup()
  const account = store.create(serviceAccounts, newOf(serviceAccounts, 'b'))
  const ahead = createTokens({ store, clock: { ...clock, now: () => now } })
  const future = ahead.issue({ account, audiences: [issuer], expiresIn: 600 })
  now -= 61_000
  t.strictSame(ahead.verify(future, [issuer]), { error: 'service account token is not valid yet' })
  now += 1000
  t.equal(ahead.userOf(future)?.name, 'system:serviceaccount:ns:b')
})

t.test('it is for those it names', async t => {
  const { tokens, issue, error } = setup()
  const token = issue({ audiences: ['a', 'b'] })
  t.equal(error(token), `token audiences ["a" "b"] is invalid for the target audiences ["${issuer}"]`)
  t.equal(tokens.userOf(token), undefined)
  t.hasStrict(tokens.verify(token, ['b', 'c']), { audiences: ['b'] })
})

t.test('it ends with its account, whatever comes after', async t => {
  const { store, issue, error } = setup()
  const token = issue()
  store.remove(serviceAccounts, { namespace: 'ns', name: 'a' })
  t.equal(error(token), 'serviceaccounts "a" not found')
  store.create(serviceAccounts, newOf(serviceAccounts, 'a'))
  t.equal(error(token), 'serviceaccounts "a" not found')
})

t.test('it ends with what it is bound to', async t => {
  const { store, tokens, issue, error } = setup()
  const secret = store.create(secrets, newOf(secrets, 's'))
  const pod = store.create(pods, newOf(pods, 'p', { spec: podSpec() }))
  const bySecret = issue({ bound: { secret } })
  const byPod = issue({ bound: { pod, node: { name: 'n' } } })
  t.equal(error(bySecret), undefined)
  t.match(tokens.userOf(byPod)?.extra, {
    'authentication.kubernetes.io/pod-name': ['p'],
    'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
    'authentication.kubernetes.io/node-name': ['n'],
  })
  store.remove(secrets, { namespace: 'ns', name: 's' })
  store.remove(pods, { namespace: 'ns', name: 'p' })
  for (const token of [bySecret, byPod]) t.equal(error(token), 'service account token has been invalidated')
})
