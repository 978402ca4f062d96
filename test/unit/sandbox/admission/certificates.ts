import t from 'tap'
import { certificates } from '../../../../src/sandbox/admission/certificates.ts'
import type { User } from '../../../../src/sandbox/authenticate.ts'
import { certificateSigningRequests } from '../../../../src/sandbox/kinds/certificate-signing-request.ts'
import { clusterRoles } from '../../../../src/sandbox/kinds/cluster-role.ts'
import { clusterRoleBindings } from '../../../../src/sandbox/kinds/cluster-role-binding.ts'
import type { CertificateSigningRequest } from '../../../../src/sandbox/kinds/types.ts'
import { newSigningRequest } from '../../../support/signing-request.ts'
import { createTestStore, found, newOf, refusalOf } from '../../../support/store.ts'

const kind = certificateSigningRequests
const client = 'kubernetes.io/kube-apiserver-client'
const user: User = { name: 'u', groups: ['g'], uid: '1', extra: { k: ['v'] } }

async function setup(organisations: string[] = []) {
  const subject = [...organisations.map(name => ({ O: [name] })), { CN: ['a'] }]
  const request = Buffer.from((await newSigningRequest({ subject })).request).toString('base64')
  const { store } = createTestStore({ admission: [certificates] })
  const spec = { request, signerName: 'example.com/x', usages: ['client auth'] }
  return {
    store,
    create: (fields: object = {}, by: User | undefined = user) =>
      store.create(kind, newOf(kind, 'a', { spec: { ...spec, ...fields } }), { user: by }),
    write: (
      subresource: 'approval' | 'status',
      status: CertificateSigningRequest['status'],
      by: User | undefined = user,
    ) => store.update(kind, { ...found(store, kind, 'a'), status }, { subresource, user: by }),
    grant: (verb: string, resourceNames: string[]) => {
      const rules = [{ apiGroups: ['certificates.k8s.io'], resources: ['signers'], verbs: [verb], resourceNames }]
      store.create(clusterRoles, newOf(clusterRoles, 'r', { rules }))
      const [roleRef, subjects] = [{ kind: 'ClusterRole', name: 'r' }, [{ kind: 'User', name: 'u' }]]
      store.create(clusterRoleBindings, newOf(clusterRoleBindings, 'b', { roleRef, subjects }))
    },
  }
}

const approved = { conditions: [{ type: 'Approved', status: 'True' }] }

t.test('who asks is written down by the server', async t => {
  const { spec } = (await setup()).create({ username: 'x', uid: 'x', groups: ['x'], extra: { x: ['x'] } })
  t.hasStrict(spec, { username: 'u', uid: '1', groups: ['g'], extra: { k: ['v'] } })
  const plain = (await setup()).create({ uid: 'x', extra: { x: ['x'] } }, { name: 'p', groups: [] }).spec
  t.hasStrict(plain, { username: 'p', groups: [] })
  t.notOk('uid' in plain || 'extra' in plain)
})

t.test('the client signer never makes a master', async t => {
  const one = await setup(['toolforge', 'system:masters'])
  t.equal(
    refusalOf(() => one.create({ signerName: client })).message,
    `certificatesigningrequests.certificates.k8s.io "a" is forbidden: use of ${client} signer with system:masters group is not allowed`,
  )
  t.ok(one.create({ signerName: 'example.com/x' }), 'other signers have their own rules')
  t.ok((await setup(['system:master'])).create({ signerName: client }))
})

t.test('a decision needs the right on the signer, by its name or its domain', async t => {
  const refused = 'user not permitted to approve requests with signerName "example.com/x"'
  for (const names of [['example.com/y'], ['example.org/*'], ['*']]) {
    const { create, write, grant } = await setup()
    create()
    grant('approve', names)
    t.match(refusalOf(() => write('approval', approved)).message, refused, names.join())
  }
  for (const names of [['example.com/x'], ['example.com/*']]) {
    const { create, write, grant } = await setup()
    create()
    grant('approve', names)
    t.ok(write('approval', approved), names.join())
  }
  const { create, write } = await setup()
  create()
  t.ok(write('approval', approved, { name: 'x', groups: ['system:masters'] }))
})

t.test('a signature needs another right, unless the cluster itself signs', async t => {
  const { create, write, grant } = await setup()
  create()
  grant('approve', [])
  const failed = { conditions: [{ type: 'Failed', status: 'True' }] }
  t.match(refusalOf(() => write('status', failed)).message, 'user not permitted to sign requests with signerName')
  t.ok(write('status', {}), 'what changes nothing needs no right')
  const other = await setup()
  other.create()
  other.grant('sign', ['example.com/*'])
  t.ok(other.write('status', failed))
  const own = await setup()
  own.create()
  t.ok(own.store.update(kind, { ...found(own.store, kind, 'a'), status: failed }, { subresource: 'status' }))
})
