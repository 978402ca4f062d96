import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { mapBounded } from '../../../src/platform/map-bounded.ts'
import { type Attributes, mayI } from '../../support/access-reviews.ts'
import { at, textAt } from '../../support/json.ts'
import type { KubeusersSite, SiteTool } from '../../support/kubeusers-site.ts'
import { createRawClient, type Reply } from '../../support/raw-client.ts'
import { newSigningRequest } from '../../support/signing-request.ts'

const rbac = 'rbac.authorization.k8s.io'
const certificates = 'certificates.k8s.io'
const reads = ['get', 'list', 'watch']
const writes = ['create', 'update', 'patch', 'delete', 'deletecollection']
const everything = [...reads, ...writes]

const each = (verbs: readonly string[], what: Omit<Attributes, 'verb'>): Attributes[] =>
  verbs.map(verb => ({ ...what, verb }))

/** What it must not be able to do: in a tool's namespace, in its own, in the cluster. */
const never = (tool: string, own: string): Attributes[] => [
  ...[tool, own, 'kube-system', undefined].flatMap(place => {
    const where = place === undefined ? {} : { namespace: place }
    return [
      ...each(everything, { resource: 'secrets', ...where }),
      ...each(['create', 'update', 'patch', 'get', 'watch'], { resource: 'pods', ...where }),
      ...['exec', 'attach', 'portforward', 'proxy', 'log', 'ephemeralcontainers', 'eviction'].flatMap(subresource =>
        each(['get', 'create'], { resource: 'pods', subresource, ...where }),
      ),
      ...each(everything, { resource: 'serviceaccounts', ...where }),
      ...each(['create'], { resource: 'serviceaccounts', subresource: 'token', ...where }),
      ...each(['create', 'update', 'delete', 'get'], { group: 'batch', resource: 'jobs', ...where }),
      ...each(['create', 'update', 'delete', 'get'], { group: 'apps', resource: 'deployments', ...where }),
      ...each(everything, { group: rbac, resource: 'roles', ...where }),
      ...each(['get', 'update', 'patch', 'delete'], { resource: 'configmaps', name: 'image-config', ...where }),
    ]
  }),
  ...each(['list', 'watch', 'delete', 'deletecollection'], { resource: 'configmaps' }),
  ...['users', 'groups', 'serviceaccounts'].flatMap(resource => each(['impersonate'], { resource })),
  ...each(everything, { group: rbac, resource: 'clusterroles' }),
  ...['escalate', 'bind'].flatMap(verb =>
    ['cluster-admin', 'admin', 'edit', 'system:node'].map(name => ({
      verb,
      group: rbac,
      resource: 'clusterroles',
      name,
    })),
  ),
  ...each(['escalate'], { group: rbac, resource: 'clusterroles', name: 'toolforge-tool' }),
  ...each(['create'], { group: rbac, resource: 'clusterrolebindings' }),
  ...each(['delete', 'patch', 'get'], { group: rbac, resource: 'clusterrolebindings', name: 'cluster-admin' }),
  ...each(['update'], { group: rbac, resource: 'clusterrolebindings', name: 'toolforge-operators' }),
  ...['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet', 'example.com/any'].flatMap(name =>
    each(['approve', 'sign'], { group: certificates, resource: 'signers', name }),
  ),
  ...each(['sign'], { group: certificates, resource: 'signers', name: 'kubernetes.io/kube-apiserver-client' }),
  ...each(['update', 'patch'], { group: certificates, resource: 'certificatesigningrequests', subresource: 'status' }),
  ...each(everything, { resource: 'nodes' }),
  ...each(everything, { resource: 'persistentvolumes' }),
  ...each(everything, { group: 'admissionregistration.k8s.io', resource: 'validatingwebhookconfigurations' }),
  ...each(['get', 'update'], { group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-system' }),
  ...each(['update', 'delete'], { group: 'coordination.k8s.io', resource: 'leases', name: 'other', namespace: own }),
  ...each(everything, { group: '*', resource: '*' }),
]

const nameOf = (attributes: Attributes): string => JSON.stringify(attributes)

/** What the account of kubeusers cannot do: what else is there is each there for a step of it. */
export async function ownRights(t: Test, site: KubeusersSite, tool: SiteTool): Promise<void> {
  const { cluster, token, namespace: own } = site
  const client = createRawClient({ url: cluster.url, ca: cluster.ca })
  t.teardown(client.close)
  const headers = { authorization: `Bearer ${token}` }
  const call = (method: string, path: string, body?: unknown): Promise<Reply> =>
    client.call(method, path, { headers, ...(body === undefined ? {} : { body }) })

  await t.test('it is its service account', async t => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const reply = await call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', body)
    t.equal(at(reply.body, 'status', 'userInfo', 'username'), `system:serviceaccount:${own}:kubeusers`)
  })

  await t.test('what it has no use for it may not', async t => {
    const questions = never(tool.namespace, own)
    const answers = await mapBounded(questions, 16, attributes => mayI(client, attributes, { headers }))
    t.strictSame(questions.filter((_, at) => answers[at]).map(nameOf), [])
    t.ok(
      await mayI(client, { verb: 'create', resource: 'namespaces' }, { headers }),
      'of what it may, the answer is yes',
    )
  })

  await t.test('nobody gets from it a role that is not a tool’s', async t => {
    const bindings = `/apis/${rbac}/v1/namespaces/${tool.namespace}/rolebindings?dryRun=All`
    const wide = `/apis/${rbac}/v1/clusterrolebindings?dryRun=All`
    const binding = (kind: string, role: string) => ({
      metadata: { name: `escalation-${randomBytes(3).toString('hex')}` },
      roleRef: { apiGroup: rbac, kind, name: role },
      subjects: [{ kind: 'ServiceAccount', name: 'kubeusers', namespace: own }],
    })
    for (const role of ['cluster-admin', 'admin', 'edit', 'system:controller:job-controller'])
      t.match(
        await call('POST', bindings, binding('ClusterRole', role)),
        { status: 403, text: /attempting to grant RBAC permissions not currently held/ },
        role,
      )
    const everywhere = await call('POST', wide, binding('ClusterRole', 'toolforge-tool'))
    t.equal(everywhere.status, 403, 'nor even that of a tool in all namespaces')
    const here = `/apis/${rbac}/v1/namespaces/${own}/rolebindings?dryRun=All`
    t.equal((await call('POST', here, binding('Role', 'deny-list-reader'))).status, 403, 'a Role that it does not hold')
    t.equal((await call('POST', bindings, binding('ClusterRole', 'toolforge-tool'))).status, 201)
  })

  await t.test('it approves for the one signer only', async t => {
    const requests = `/apis/${certificates}/v1/certificatesigningrequests`
    const { request } = await newSigningRequest({ subject: [{ O: ['system:nodes'] }, { CN: ['system:node:x'] }] })
    const spec = { request: Buffer.from(request).toString('base64'), usages: ['digital signature', 'server auth'] }
    const metadata = { name: `other-signer-${randomBytes(3).toString('hex')}` }
    const made = await call('POST', requests, {
      metadata,
      spec: { ...spec, signerName: 'kubernetes.io/kubelet-serving' },
    })
    t.equal(made.status, 201, made.text)
    const conditions = [{ type: 'Approved', status: 'True', reason: 'x', message: 'x' }]
    const path = `${requests}/${textAt(made.body, 'metadata', 'name')}`
    const approved = await call('PUT', `${path}/approval`, { ...Object(made.body), status: { conditions } })
    t.match(approved, { status: 403, text: /not permitted to approve requests with signerName/ })
    t.equal((await call('DELETE', path)).status, 200)
  })

  await t.test('nor does it become a master of the cluster by a certificate', async t => {
    const requests = `/apis/${certificates}/v1/certificatesigningrequests?dryRun=All`
    const { request } = await newSigningRequest({ subject: [{ O: ['system:masters'] }, { CN: ['me'] }] })
    const signerName = 'kubernetes.io/kube-apiserver-client'
    const spec = { request: Buffer.from(request).toString('base64'), usages: ['client auth'], signerName }
    t.match(await call('POST', requests, { metadata: { name: 'masters' }, spec }), {
      status: 403,
      text: /system:masters/,
    })
  })

  await t.test('refused in deed', async t => {
    const base = `/api/v1/namespaces/${tool.namespace}`
    const calls: [method: string, path: string, body?: object][] = [
      ['GET', '/api/v1/secrets'],
      ['GET', `${base}/secrets`],
      ['POST', `${base}/pods`, { metadata: { name: 'x' }, spec: { containers: [{ name: 'x', image: 'x' }] } }],
      ['GET', `${base}/pods/x/log`],
      ['POST', `${base}/pods/x/exec?command=id&stdout=true`],
      ['POST', `${base}/serviceaccounts/default/token`, {}],
      ['PUT', '/api/v1/namespaces/tf-public/configmaps/image-config', { metadata: { name: 'image-config' } }],
      ['POST', `/apis/${rbac}/v1/clusterroles`, { metadata: { name: 'x' }, rules: [] }],
      ['DELETE', '/api/v1/nodes/node1'],
    ]
    for (const [method, path, body] of calls) t.equal((await call(method, path, body)).status, 403, `${method} ${path}`)
    const as = { ...headers, 'impersonate-user': tool.name }
    t.equal(
      (await client.call('GET', `${base}/pods`, { headers: as })).status,
      403,
      'it cannot say that it is somebody else',
    )
  })
}
