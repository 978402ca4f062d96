import { at } from '../../support/json.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { collections, configMap, created, got, mergePatch, namesIn, refused } from './kit.ts'
import type { Suite } from './target.ts'

const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'

const mayI = async (client: RawClient, resourceAttributes: object): Promise<unknown> => {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  }
  return created(client, reviews, review)
}

/** What a tool may do in its namespace, and that it may do nothing elsewhere. */
export const rights: Suite = async (t, target) => {
  const tool = await target.newTool()
  const other = await target.newTool()
  const { client, name: user, namespace } = tool
  const own = collections(tool)
  const theirs = collections(other)
  const outside = other.namespace

  await t.test('a tool reads and writes what is its own', async t => {
    for (const path of [own.pods, own.jobs, own.configMaps, own.events, own.quotas, own.limitRanges])
      t.equal((await client.call('GET', path)).status, 200, path)
    await created(client, own.configMaps, configMap('mine'))
    t.equal((await client.call('DELETE', `${own.configMaps}/mine`)).status, 200)
    t.hasStrict(await got(client, `/api/v1/namespaces/${namespace}`), { metadata: { name: namespace } })
  })

  await t.test('a refusal names verb, resource, group and place', async t => {
    const inTheirs = `in the namespace "${outside}"`
    const cases: [method: string, path: string, message: string, details: object][] = [
      [
        'GET',
        theirs.pods,
        `pods is forbidden: User "${user}" cannot list resource "pods" in API group "" ${inTheirs}`,
        { kind: 'pods' },
      ],
      [
        'GET',
        `${theirs.pods}/x`,
        `pods "x" is forbidden: User "${user}" cannot get resource "pods" in API group "" ${inTheirs}`,
        { name: 'x', kind: 'pods' },
      ],
      [
        'GET',
        `${theirs.pods}/x/log`,
        `pods "x" is forbidden: User "${user}" cannot get resource "pods/log" in API group "" ${inTheirs}`,
        { name: 'x', kind: 'pods' },
      ],
      [
        'GET',
        `${theirs.jobs}?watch=true`,
        `jobs.batch is forbidden: User "${user}" cannot watch resource "jobs" in API group "batch" ${inTheirs}`,
        { group: 'batch', kind: 'jobs' },
      ],
      [
        'POST',
        theirs.jobs,
        `jobs.batch is forbidden: User "${user}" cannot create resource "jobs" in API group "batch" ${inTheirs}`,
        { group: 'batch', kind: 'jobs' },
      ],
      [
        'DELETE',
        theirs.jobs,
        `jobs.batch is forbidden: User "${user}" cannot deletecollection resource "jobs" in API group "batch" ${inTheirs}`,
        { group: 'batch', kind: 'jobs' },
      ],
      [
        'DELETE',
        `${theirs.jobs}/x`,
        `jobs.batch "x" is forbidden: User "${user}" cannot delete resource "jobs" in API group "batch" ${inTheirs}`,
        { name: 'x', group: 'batch', kind: 'jobs' },
      ],
      [
        'PATCH',
        `${theirs.configMaps}/x`,
        `configmaps "x" is forbidden: User "${user}" cannot patch resource "configmaps" in API group "" ${inTheirs}`,
        { name: 'x', kind: 'configmaps' },
      ],
      [
        'PUT',
        `${theirs.configMaps}/x`,
        `configmaps "x" is forbidden: User "${user}" cannot update resource "configmaps" in API group "" ${inTheirs}`,
        { name: 'x', kind: 'configmaps' },
      ],
      [
        'GET',
        '/api/v1/pods',
        `pods is forbidden: User "${user}" cannot list resource "pods" in API group "" at the cluster scope`,
        { kind: 'pods' },
      ],
      [
        'GET',
        '/api/v1/namespaces',
        `namespaces is forbidden: User "${user}" cannot list resource "namespaces" in API group "" at the cluster scope`,
        { kind: 'namespaces' },
      ],
      [
        'GET',
        `/api/v1/namespaces/${outside}`,
        `namespaces "${outside}" is forbidden: User "${user}" cannot get resource "namespaces" in API group "" ${inTheirs}`,
        { name: outside, kind: 'namespaces' },
      ],
    ]
    for (const [method, path, message, details] of cases) {
      const body = { POST: { kind: 'x' }, PUT: { kind: 'x' }, PATCH: {} }[method]
      const reply = await client.call(method, path, body === undefined ? {} : { body, type: mergePatch })
      refused(t, reply, { code: 403, reason: 'Forbidden', message, details })
    }
  })

  await t.test('a tool may not change its own limits, rights or namespace', async t => {
    const forbidden: [method: string, path: string][] = [
      ['POST', own.quotas],
      ['DELETE', own.quotas],
      ['PATCH', `${own.quotas}/${namespace}`],
      ['DELETE', `${own.limitRanges}/${namespace}`],
      ['GET', own.roleBindings],
      ['DELETE', `${own.roleBindings}/toolforge-tool`],
      ['POST', own.roleBindings],
      ['PATCH', `/api/v1/namespaces/${namespace}`],
      ['DELETE', `/api/v1/namespaces/${namespace}`],
      ['POST', `/api/v1/namespaces/${namespace}/endpoints`],
      ['POST', own.events],
      ['PATCH', `${own.pods}/x/status`],
      ['PATCH', `${own.jobs}/x/status`],
    ]
    for (const [method, path] of forbidden) {
      const body = method === 'POST' || method === 'PATCH' ? { body: {}, type: mergePatch } : {}
      t.equal((await client.call(method, path, body)).status, 403, `${method} ${path}`)
    }
  })

  await t.test('of the public namespace a tool reads the images and nothing else', async t => {
    const shared = '/api/v1/namespaces/tf-public/configmaps'
    t.hasStrict(await got(client, `${shared}/image-config`), { metadata: { name: 'image-config' } })
    t.strictSame(namesIn(await got(client, `${shared}?fieldSelector=metadata.name=image-config`)), ['image-config'])
    for (const [method, path] of [
      ['GET', shared],
      ['GET', `${shared}/other`],
      ['DELETE', `${shared}/image-config`],
    ] as const)
      t.equal((await client.call(method, path)).status, 403, `${method} ${path}`)
  })

  await t.test('nobody becomes another by a header', async t => {
    const { status } = await client.call('GET', theirs.pods, { headers: { 'impersonate-user': other.name } })
    t.equal(status, 403)
    const group = { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' }
    t.equal((await client.call('GET', theirs.pods, { headers: group })).status, 403)
  })

  await t.test('a review tells a tool what it may do', async t => {
    const allowed = async (attributes: object) => at(await mayI(client, attributes), 'status', 'allowed')
    t.equal(await allowed({ namespace, verb: 'list', group: 'batch', resource: 'jobs' }), true)
    t.equal(await allowed({ namespace, verb: 'get', resource: 'pods', subresource: 'log' }), true)
    t.equal(await allowed({ namespace, verb: 'update', resource: 'resourcequotas' }), false)
    t.equal(await allowed({ namespace: outside, verb: 'list', group: 'batch', resource: 'jobs' }), false)
    t.equal(await allowed({ verb: 'list', group: 'batch', resource: 'jobs' }), false, 'in all namespaces')
    t.hasStrict(await mayI(client, { namespace, verb: 'list', group: 'batch', resource: 'jobs' }), {
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, verb: 'list', group: 'batch', resource: 'jobs' } },
      status: { allowed: true },
    })
  })

  await t.test('deleting its role binding shuts a tool off, and making it again lets it in', async t => {
    const binding = `${own.roleBindings}/toolforge-tool`
    const before = await got(target.admin, binding)
    t.equal((await target.admin.call('DELETE', binding)).status, 200)
    await waitUntil('the tool to be refused', async () => (await client.call('GET', own.jobs)).status === 403)
    t.equal(
      at(await mayI(client, { namespace, verb: 'list', group: 'batch', resource: 'jobs' }), 'status', 'allowed'),
      false,
    )
    await created(target.admin, own.roleBindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'toolforge-tool' },
      roleRef: at(before, 'roleRef'),
      subjects: at(before, 'subjects'),
    })
    await waitUntil('the tool to be let in', async () => (await client.call('GET', own.jobs)).status === 200)
  })
}
