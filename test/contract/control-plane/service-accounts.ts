import type { Test } from 'tap'
import { at, textAt } from '../../support/json.ts'
import { type ClientKeys, createRawClient, type RawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { becomes, collections, configMap, created, got, namesIn, podOf, refused, roomyTool } from './kit.ts'
import type { Suite, Target } from './target.ts'
import { freshName, grant, person } from './users.ts'

const issuer = 'https://kubernetes.default.svc'
const unauthorized = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' }
const reviews = '/apis/authentication.k8s.io/v1/tokenreviews'

const accountOf = (name: string) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
const requestOf = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  metadata,
  spec,
})

/** What a token says, unchecked. */
const claimsOf = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

/** Answers of a client that shows nothing but a token. */
function holder(t: Test, target: Target, { token, keys }: { token: string; keys?: ClientKeys }) {
  const client = createRawClient(target.endpoint, keys)
  t.teardown(client.close)
  return (path: string) => client.call('GET', path, { headers: { authorization: `Bearer ${token}` } })
}

const reviewed = async (admin: RawClient, token: string, audiences?: string[]): Promise<unknown> => {
  const spec = { token, ...(audiences === undefined ? {} : { audiences }) }
  return created(admin, reviews, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec })
}

/** Accounts of programs, and the tokens by which they are known. */
export const serviceAccounts: Suite = async (t, target) => {
  const { admin } = target
  const tool = await roomyTool(target)
  const own = collections(tool)
  const { namespace } = tool
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  const account = async (name: string) => created(admin, accounts, accountOf(name))
  const tokenOf = async (name: string, spec: object = {}): Promise<string> =>
    textAt(await created(admin, `${accounts}/${name}/token`, requestOf(spec)), 'status', 'token')

  await t.test('every namespace has a default account, which comes back', async t => {
    const first = await becomes(admin, `${accounts}/default`, () => true)
    t.hasStrict(first, { kind: 'ServiceAccount', metadata: { name: 'default', namespace } })
    const removed = await admin.call('DELETE', `${accounts}/default`)
    t.hasStrict(removed.body, { kind: 'ServiceAccount', metadata: { name: 'default' } })
    const uid = textAt(first, 'metadata', 'uid')
    await becomes(admin, `${accounts}/default`, found => at(found, 'metadata', 'uid') !== uid)
    await account('mine')
    t.strictSame(namesIn(await got(admin, accounts)), ['default', 'mine'])
    t.equal((await tool.client.call('POST', accounts, { body: accountOf('x') })).status, 403)
  })

  await t.test('of the secrets of an account only names are kept', async t => {
    const secrets = [{ name: 's', namespace: 'elsewhere', kind: 'Secret' }]
    const made = await created(admin, accounts, {
      ...accountOf('secretive'),
      secrets,
      imagePullSecrets: [{ name: 'i' }],
    })
    t.strictSame(at(made, 'secrets'), [{ name: 's' }])
    t.strictSame(at(made, 'imagePullSecrets'), [{ name: 'i' }])
  })

  await t.test('a token says whose it is, for whom and how long', async t => {
    const { metadata } = Object(await account('claims'))
    const answer = await created(admin, `${accounts}/claims/token`, requestOf())
    t.hasStrict(answer, {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: 'claims', namespace },
      spec: { audiences: [issuer], expirationSeconds: 3600, boundObjectRef: null },
    })
    const token = textAt(answer, 'status', 'token')
    const claims = claimsOf(token)
    t.hasStrict(claims, {
      aud: [issuer],
      iss: issuer,
      sub: `system:serviceaccount:${namespace}:claims`,
      'kubernetes.io': { namespace, serviceaccount: { name: 'claims', uid: metadata.uid } },
    })
    const { exp, iat, nbf, jti } = Object(claims)
    t.equal(exp - iat, 3600)
    t.equal(nbf, iat)
    t.match(jti, /^[0-9a-f-]{36}$/)
    t.ok(Math.abs(iat - Date.now() / 1000) < 30)
    const end = Date.parse(textAt(answer, 'status', 'expirationTimestamp'))
    t.ok(Math.abs(end / 1000 - exp) <= 1)
    const other = await created(
      admin,
      `${accounts}/claims/token`,
      requestOf({ audiences: ['a', 'b'], expirationSeconds: 600 }),
    )
    t.strictSame(at(claimsOf(textAt(other, 'status', 'token')), 'aud'), ['a', 'b'])
    t.hasStrict(at(other, 'spec'), { audiences: ['a', 'b'], expirationSeconds: 600 })
  })

  await t.test('who holds a token is its account, with its groups and rights', async t => {
    await account('holder')
    const call = holder(t, target, { token: await tokenOf('holder') })
    const user = `system:serviceaccount:${namespace}:holder`
    refused(t, await call(own.configMaps), {
      code: 403,
      reason: 'Forbidden',
      message: `configmaps is forbidden: User "${user}" cannot list resource "configmaps" in API group "" in the namespace "${namespace}"`,
    })
    t.equal((await call('/apis')).status, 200, 'who is known may see what there is')
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]
    await grant(t, target, { subjects: [{ kind: 'ServiceAccount', name: 'holder', namespace }], rules, namespace })
    await waitUntil('the right to come into force', async () => (await call(own.configMaps)).status === 200)
    const grouped = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]
    const group = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `system:serviceaccounts:${namespace}` }
    await grant(t, target, { subjects: [group], rules: grouped })
    await waitUntil('the right of the group', async () => (await call('/api/v1/pods?limit=1')).status === 200)
  })

  await t.test('a binding in a namespace means its own accounts, unless it names another namespace', async t => {
    const other = await target.newTool()
    await account('near')
    const call = holder(t, target, { token: await tokenOf('near') })
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]
    const there = collections(other).configMaps
    const subjects = [{ kind: 'ServiceAccount', name: 'near', namespace }]
    t.equal((await call(there)).status, 403)
    await grant(t, target, { subjects, rules, namespace: other.namespace })
    await waitUntil('the right to come into force', async () => (await call(there)).status === 200)
    t.equal((await call(own.configMaps)).status, 403)
  })

  await t.test('a token that nobody issued, was bent, or is for others proves nothing', async t => {
    await account('hostile')
    const token = await tokenOf('hostile')
    const [head = '', claims = '', signature = ''] = token.split('.')
    const bent = Buffer.from(claims, 'base64url').toString().replace(':hostile', ':default')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const bad: [what: string, token: string][] = [
      ['no token at all', 'x'],
      ['other claims', [head, Buffer.from(bent).toString('base64url'), signature].join('.')],
      ['no signature', [head, claims, ''].join('.')],
      ['no algorithm', [none, claims, ''].join('.')],
      ['for other audiences', await tokenOf('hostile', { audiences: ['somebody'] })],
    ]
    for (const [what, one] of bad)
      await t.test(what, async t => refused(t, await holder(t, target, { token: one })('/version'), unauthorized))
    t.equal((await holder(t, target, { token })('/version')).status, 200)
  })

  await t.test('a certificate goes before a token, and a token before a certificate that proves nothing', async t => {
    await account('both')
    const token = await tokenOf('both')
    const user = (reply: { body: unknown }) => /User "([^"]+)"/.exec(textAt(reply.body, 'message'))?.[1]
    const hour = 3_600_000
    const wish = { subject: [{ CN: ['by-certificate'] }], usages: ['clientAuth' as const] }
    const now = Date.now()
    const good = await target.authority.issue({ ...wish, notBefore: now - hour / 10, notAfter: now + hour / 10 })
    const old = await target.authority.issue({ ...wish, notBefore: now - hour, notAfter: now - hour / 2 })
    t.equal(user(await holder(t, target, { token, keys: good })(own.pods)), 'by-certificate')
    t.equal(user(await holder(t, target, { token: 'x', keys: good })(own.pods)), 'by-certificate')
    t.equal(user(await holder(t, target, { token, keys: old })(own.pods)), `system:serviceaccount:${namespace}:both`)
    refused(t, await holder(t, target, { token: 'x', keys: old })(own.pods), unauthorized)
  })

  await t.test('a token ends with its account, and another account of that name is another', async t => {
    await account('short')
    const call = holder(t, target, { token: await tokenOf('short') })
    t.equal((await call('/version')).status, 200)
    t.equal((await admin.call('DELETE', `${accounts}/short`)).status, 200)
    await waitUntil('the token to end', async () => (await call('/version')).status === 401)
    await account('short')
    refused(t, await call('/version'), unauthorized)
  })

  await t.test('a token that is bound to a Secret or a pod ends with it', async t => {
    await account('bound')
    await created(admin, own.secrets, { metadata: { name: 'bound' } })
    const pod = podOf('bound', {
      image: target.image,
      command: 'sleep 600',
      spec: { serviceAccountName: 'bound', automountServiceAccountToken: false, nodeSelector: { never: 'there' } },
    })
    await created(tool.client, own.pods, pod)
    const cases: [kind: string, path: string][] = [
      ['Secret', `${own.secrets}/bound`],
      ['Pod', `${own.pods}/bound`],
    ]
    for (const [kind, path] of cases) {
      const boundObjectRef = { apiVersion: 'v1', kind, name: 'bound' }
      const token = await tokenOf('bound', { boundObjectRef })
      const { name, uid } = Object(at(await got(admin, path), 'metadata'))
      t.hasStrict(at(claimsOf(token), 'kubernetes.io', kind.toLowerCase()), { name, uid }, kind)
      const call = holder(t, target, { token })
      t.equal((await call('/version')).status, 200)
      t.equal((await admin.call('DELETE', `${path}?gracePeriodSeconds=0`)).status, 200)
      await waitUntil(`the token of the ${kind} to end`, async () => (await call('/version')).status === 401, 60)
    }
  })

  await t.test('what no token can be is refused', async t => {
    const { metadata } = Object(await account('strict'))
    await created(admin, own.secrets, { metadata: { name: 'strict' } })
    await created(
      tool.client,
      own.pods,
      podOf('other', { image: target.image, command: 'true', spec: { nodeSelector: { never: 'there' } } }),
    )
    const path = `${accounts}/strict/token`
    const ask = (spec: object, meta: object = {}) => admin.call('POST', path, { body: requestOf(spec, meta) })
    const reference = (fields: object) => ({
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'strict', ...fields },
    })
    refused(t, await ask({ expirationSeconds: 599 }), {
      code: 422,
      reason: 'Invalid',
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    })
    refused(t, await ask({ expirationSeconds: 2 ** 32 + 1 }), {
      code: 422,
      reason: 'Invalid',
      message: /may not specify a duration larger than 2\^32 seconds$/,
    })
    refused(t, await ask({}, { name: 'other' }), {
      code: 422,
      reason: 'Invalid',
      message:
        'TokenRequest.authentication.k8s.io "strict" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified',
    })
    refused(t, await ask({}, { uid: 'x' }), {
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "strict": the UID in the token request (x) does not match the UID of the service account (${metadata.uid})`,
    })
    refused(t, await ask(reference({ name: 'none' })), {
      code: 404,
      reason: 'NotFound',
      message: 'secrets "none" not found',
    })
    refused(t, await ask(reference({ uid: 'x' })), {
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on Secret "strict": the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated',
    })
    refused(t, await ask(reference({ kind: 'ConfigMap' })), {
      code: 400,
      reason: 'BadRequest',
      message: 'cannot bind token to object of type /v1, Kind=ConfigMap',
    })
    refused(t, await ask(reference({ kind: 'Pod', name: 'other' })), {
      code: 400,
      reason: 'BadRequest',
      message: 'cannot bind token for serviceaccount "strict" to pod running with different serviceaccount name.',
    })
    refused(t, await admin.call('POST', `${accounts}/none/token`, { body: requestOf() }), {
      code: 404,
      reason: 'NotFound',
      message: 'serviceaccounts "none" not found',
    })
    t.equal((await admin.call('GET', path)).status, 405)
    const half = await person(t, target, {
      within: { namespace, rules: [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['*'] }] },
    })
    refused(t, await half.client.call('POST', path, { body: requestOf() }), {
      code: 403,
      reason: 'Forbidden',
      message: `serviceaccounts "strict" is forbidden: User "${half.name}" cannot create resource "serviceaccounts/token" in API group "" in the namespace "${namespace}"`,
    })
  })

  await t.test('a review says whose a token is', async t => {
    const { metadata } = Object(await account('reviewed'))
    const token = await tokenOf('reviewed')
    const { status } = Object(await reviewed(admin, token))
    t.hasStrict(status, {
      authenticated: true,
      audiences: [issuer],
      user: {
        username: `system:serviceaccount:${namespace}:reviewed`,
        uid: metadata.uid,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      },
    })
    t.match(at(status, 'user', 'extra'), { 'authentication.kubernetes.io/credential-id': [/^JTI=[0-9a-f-]{36}$/] })
    const elsewhere = await tokenOf('reviewed', { audiences: ['a', 'b'] })
    t.hasStrict(at(await reviewed(admin, elsewhere, ['b', 'c']), 'status'), { authenticated: true, audiences: ['b'] })
    for (const bad of [await reviewed(admin, elsewhere), await reviewed(admin, 'x')]) {
      t.equal(at(bad, 'status', 'authenticated'), undefined)
      t.strictSame(at(bad, 'status', 'user'), {})
      t.type(at(bad, 'status', 'error'), 'string')
    }
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: {} }
    refused(t, await admin.call('POST', reviews, { body }), {
      code: 400,
      reason: 'BadRequest',
      message: 'token is required for TokenReview in authentication',
    })
    t.equal((await tool.client.call('POST', reviews, { body })).status, 403)
  })

  await t.test('what a token may do it does', async t => {
    await account('writer')
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }]
    await grant(t, target, { subjects: [{ kind: 'ServiceAccount', name: 'writer', namespace }], rules, namespace })
    const client = createRawClient(target.endpoint)
    t.teardown(client.close)
    const headers = { authorization: `Bearer ${await tokenOf('writer')}` }
    const write = () => client.call('POST', own.configMaps, { body: configMap(freshName('by-token')), headers })
    await waitUntil('the right to come into force', async () => (await write()).status === 201)
  })
}
