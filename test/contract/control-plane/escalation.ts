import type { Test } from 'tap'
import { at } from '../../support/json.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { changed, created, got, mergePatch, openWatch, refused } from './kit.ts'
import type { Suite } from './target.ts'
import { freshName, person, type Rule } from './users.ts'

const group = 'rbac.authorization.k8s.io'
const root = `/apis/${group}/v1`

const rolesOnly = (verbs: string[], more: Partial<Rule> = {}): Rule => ({
  apiGroups: [group],
  resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
  verbs,
  ...more,
})
const all = rolesOnly(['create', 'get', 'list', 'update', 'patch', 'delete'])
const configMaps = (verbs: string[], more: Partial<Rule> = {}): Rule => ({
  apiGroups: [''],
  resources: ['configmaps'],
  verbs,
  ...more,
})
const refTo = (kind: string, name: string) => ({ apiGroup: group, kind, name })

/** Nobody gives rights that he lacks. */
export const escalation: Suite = async (t, target) => {
  const { admin } = target
  const { namespace } = await target.newTool()
  const roles = `${root}/namespaces/${namespace}/roles`
  const bindings = `${root}/namespaces/${namespace}/rolebindings`
  const subjects = [{ apiGroup: group, kind: 'User', name: 'anybody' }]

  const make = (client: RawClient, collection: string, body: object) => client.call('POST', collection, { body })
  const roleOf = (rules: Rule[], name = freshName('treaty')) => ({ metadata: { name }, rules })
  const bindingOf = (roleRef: object, name = freshName('treaty')) => ({ metadata: { name }, roleRef, subjects })

  /** A role of the cluster until the test ends; gives its name. */
  const clusterRole = async (t: Test, rules: Rule[]): Promise<string> => {
    const role = roleOf(rules)
    await created(admin, `${root}/clusterroles`, role)
    t.teardown(() => admin.call('DELETE', `${root}/clusterroles/${role.metadata.name}`))
    return role.metadata.name
  }

  const lacks = (who: string, lines: string[]) =>
    `user "${who}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`

  await t.test('a role may be made of what one holds, and of nothing else', async t => {
    const held = [configMaps(['get', 'list']), configMaps(['update'], { resourceNames: ['x'] })]
    const { name, client } = await person(t, target, { rules: [all], within: { namespace, rules: held } })
    t.equal((await make(client, roles, roleOf([configMaps(['get'])]))).status, 201)
    t.equal((await make(client, roles, roleOf([configMaps(['list'], { resourceNames: ['y'] })]))).status, 201)
    t.equal((await make(client, roles, roleOf([configMaps(['update'], { resourceNames: ['x'] })]))).status, 201)
    const cases: [rules: Rule[], lines: string[]][] = [
      [[configMaps(['*'])], ['{APIGroups:[""], Resources:["configmaps"], Verbs:["*"]}']],
      [
        [configMaps(['get', 'delete', 'create']), { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] }],
        [
          '{APIGroups:[""], Resources:["configmaps"], Verbs:["delete" "create"]}',
          '{APIGroups:["batch"], Resources:["jobs"], Verbs:["get"]}',
        ],
      ],
      [
        [configMaps(['update', 'patch'], { resourceNames: ['x', 'y'] })],
        [
          '{APIGroups:[""], Resources:["configmaps"], ResourceNames:["x"], Verbs:["patch"]}',
          '{APIGroups:[""], Resources:["configmaps"], ResourceNames:["y"], Verbs:["update" "patch"]}',
        ],
      ],
      [[configMaps(['update'])], ['{APIGroups:[""], Resources:["configmaps"], Verbs:["update"]}']],
      [[configMaps(['get'], { apiGroups: ['*'] })], ['{APIGroups:["*"], Resources:["configmaps"], Verbs:["get"]}']],
      [
        [configMaps(['get'], { resources: ['configmaps/x'] })],
        ['{APIGroups:[""], Resources:["configmaps/x"], Verbs:["get"]}'],
      ],
    ]
    for (const [rules, lines] of cases) {
      const role = roleOf(rules)
      refused(t, await make(client, roles, role), {
        code: 403,
        reason: 'Forbidden',
        message: `roles.${group} "${role.metadata.name}" is forbidden: ${lacks(name, lines)}`,
        details: { name: role.metadata.name, group, kind: 'roles' },
      })
    }
    t.equal((await make(admin, roles, roleOf([configMaps(['*'])]))).status, 201, 'masters may give all')
  })

  await t.test('what is held in a namespace is not held in the cluster; paths are compared as well', async t => {
    const { name, client } = await person(t, target, {
      rules: [all, { nonResourceURLs: ['/treaty-a', '/treaty-b/*'], verbs: ['get'] }],
      within: { namespace, rules: [configMaps(['get'])] },
    })
    const paths: Rule = { nonResourceURLs: ['/treaty-a', '/treaty-b/c', '/treaty-b/*'], verbs: ['get'] }
    const role = roleOf([paths])
    t.teardown(() => admin.call('DELETE', `${root}/clusterroles/${role.metadata.name}`))
    t.equal((await make(client, `${root}/clusterroles`, role)).status, 201)
    const more: [rules: Rule[], lines: string[]][] = [
      [[configMaps(['get'])], ['{APIGroups:[""], Resources:["configmaps"], Verbs:["get"]}']],
      [
        [{ ...paths, verbs: ['put'], nonResourceURLs: ['/treaty-a'] }],
        ['{NonResourceURLs:["/treaty-a"], Verbs:["put"]}'],
      ],
      [[{ nonResourceURLs: ['/*'], verbs: ['get'] }], ['{NonResourceURLs:["/*"], Verbs:["get"]}']],
    ]
    for (const [rules, lines] of more) {
      const other = roleOf(rules)
      refused(t, await make(client, `${root}/clusterroles`, other), {
        code: 403,
        reason: 'Forbidden',
        message: `clusterroles.${group} "${other.metadata.name}" is forbidden: ${lacks(name, lines)}`,
      })
    }
  })

  await t.test('a change is measured as the role would be, but for what holds the object', async t => {
    const { name, client } = await person(t, target, {
      rules: [all],
      within: { namespace, rules: [configMaps(['get'])] },
    })
    const role = roleOf([configMaps(['get'])])
    const path = `${roles}/${role.metadata.name}`
    t.equal((await make(client, roles, role)).status, 201)
    const patch = (body: object) => client.call('PATCH', path, { body, type: mergePatch })
    refused(t, await patch({ rules: [configMaps(['get', 'list'])] }), {
      code: 403,
      reason: 'Forbidden',
      message: `roles.${group} "${role.metadata.name}" is forbidden: ${lacks(name, ['{APIGroups:[""], Resources:["configmaps"], Verbs:["list"]}'])}`,
    })
    t.equal((await patch({ metadata: { labels: { a: 'b' } } })).status, 200)
    await changed(admin, path, { rules: [configMaps(['*'])] })
    t.equal((await patch({ metadata: { labels: { a: 'c' } } })).status, 403, 'who lacks its rights cannot touch it')
    t.equal((await patch({ metadata: { finalizers: ['example.com/x'] } })).status, 200)
    t.equal((await patch({ metadata: { finalizers: null } })).status, 200)
    t.equal((await client.call('DELETE', path)).status, 200)
  })

  await t.test('who may escalate may give anything; the name counts once the role has one', async t => {
    const free = await person(t, target, { rules: [all, rolesOnly(['escalate'])] })
    t.equal((await make(free.client, roles, roleOf([configMaps(['*'])]))).status, 201)
    const role = roleOf([configMaps(['get'])])
    const named = await person(t, target, {
      rules: [all, rolesOnly(['escalate'], { resourceNames: [role.metadata.name] })],
    })
    t.equal((await make(named.client, roles, role)).status, 403, 'a request that makes it has no name')
    await created(admin, roles, role)
    const body = { rules: [configMaps(['*'])] }
    const patch = (client: RawClient) =>
      client.call('PATCH', `${roles}/${role.metadata.name}`, { body, type: mergePatch })
    t.equal((await patch(named.client)).status, 200)
  })

  await t.test('a binding gives what its role has: one must hold that, there or everywhere', async t => {
    const { name, client } = await person(t, target, {
      rules: [all],
      within: { namespace, rules: [configMaps(['get'])] },
    })
    const less = await clusterRole(t, [configMaps(['get'])])
    const more = await clusterRole(t, [configMaps(['get', 'create'])])
    t.equal((await make(client, bindings, bindingOf(refTo('ClusterRole', less)))).status, 201)
    const binding = bindingOf(refTo('ClusterRole', more))
    const missing = ['{APIGroups:[""], Resources:["configmaps"], Verbs:["create"]}']
    refused(t, await make(client, bindings, binding), {
      code: 403,
      reason: 'Forbidden',
      message: `rolebindings.${group} "${binding.metadata.name}" is forbidden: ${lacks(name, missing)}`,
      details: { name: binding.metadata.name, group, kind: 'rolebindings' },
    })
    const wide = bindingOf(refTo('ClusterRole', less))
    refused(t, await make(client, `${root}/clusterrolebindings`, wide), {
      code: 403,
      reason: 'Forbidden',
      message: `clusterrolebindings.${group} "${wide.metadata.name}" is forbidden: ${lacks(name, ['{APIGroups:[""], Resources:["configmaps"], Verbs:["get"]}'])}`,
    })
    const role = roleOf([configMaps(['get', 'create'])])
    await created(admin, roles, role)
    t.equal((await make(client, bindings, bindingOf(refTo('Role', role.metadata.name)))).status, 403)
    const none = freshName('none')
    refused(t, await make(client, bindings, bindingOf(refTo('ClusterRole', none))), {
      code: 404,
      reason: 'NotFound',
      message: `rolebindings.${group} "${none}" not found`,
    })
    t.equal((await make(admin, bindings, bindingOf(refTo('ClusterRole', none)))).status, 201)
  })

  await t.test('who may bind a role need not hold what it has', async t => {
    const [one, other] = [await clusterRole(t, [configMaps(['get'])]), await clusterRole(t, [configMaps(['get'])])]
    const role = roleOf([configMaps(['get'])])
    await created(admin, roles, role)
    const bind = (resourceNames: string[]): Rule => ({
      apiGroups: [group],
      resources: ['clusterroles', 'roles'],
      verbs: ['bind'],
      resourceNames,
    })
    const { client } = await person(t, target, { rules: [all, bind([one, role.metadata.name])] })
    t.equal((await make(client, bindings, bindingOf(refTo('ClusterRole', one)))).status, 201)
    t.equal((await make(client, bindings, bindingOf(refTo('ClusterRole', other)))).status, 403)
    t.equal((await make(client, bindings, bindingOf(refTo('Role', role.metadata.name)))).status, 201)
    const wide = bindingOf(refTo('ClusterRole', one))
    t.teardown(() => admin.call('DELETE', `${root}/clusterrolebindings/${wide.metadata.name}`))
    t.equal((await make(client, `${root}/clusterrolebindings`, wide)).status, 201)
    const local = await person(t, target, { rules: [all], within: { namespace, rules: [bind([one])] } })
    t.equal((await make(local.client, bindings, bindingOf(refTo('ClusterRole', one)))).status, 201)
    const wider = bindingOf(refTo('ClusterRole', one))
    t.equal((await make(local.client, `${root}/clusterrolebindings`, wider)).status, 403)
  })

  await t.test('a binding keeps its role; who lacks the rights cannot change for whom it is', async t => {
    const [one, other] = [await clusterRole(t, [configMaps(['get'])]), await clusterRole(t, [configMaps(['get'])])]
    const binding = bindingOf(refTo('ClusterRole', one))
    const path = `${bindings}/${binding.metadata.name}`
    await created(admin, bindings, binding)
    const patch = (client: RawClient, body: object) => client.call('PATCH', path, { body, type: mergePatch })
    refused(t, await patch(admin, { roleRef: refTo('ClusterRole', other) }), {
      code: 422,
      reason: 'Invalid',
      message: /: roleRef: Invalid value: .*: cannot change roleRef$/,
    })
    const poor = await person(t, target, { rules: [all] })
    const subjects = [{ apiGroup: group, kind: 'User', name: poor.name }]
    t.equal((await patch(poor.client, { subjects })).status, 403)
    const rich = await person(t, target, { rules: [all, configMaps(['get'])] })
    t.equal((await patch(rich.client, { subjects })).status, 200)
    t.hasStrict(at(await got(admin, path), 'subjects'), subjects)
  })

  await t.test('lists of a namespaced kind in the whole cluster need a right in the whole cluster', async t => {
    const name = freshName('treaty')
    const other = await target.newTool()
    const ref = refTo('ClusterRole', 'view')
    for (const place of [namespace, other.namespace])
      await created(admin, `${root}/namespaces/${place}/rolebindings`, bindingOf(ref, name))
    const path = `${root}/rolebindings?fieldSelector=metadata.name%3D${name}`
    const list: Rule = { apiGroups: [group], resources: ['rolebindings'], verbs: ['list', 'watch'] }
    const local = await person(t, target, { within: { namespace, rules: [list] } })
    refused(t, await local.client.call('GET', path), {
      code: 403,
      reason: 'Forbidden',
      message: `rolebindings.${group} "${name}" is forbidden: User "${local.name}" cannot list resource "rolebindings" in API group "${group}" at the cluster scope`,
    })
    const named = await person(t, target, { rules: [{ ...list, resourceNames: [name] }] })
    t.equal((await named.client.call('GET', `${root}/rolebindings`)).status, 403)
    for (const one of [path, `${path}&resourceVersion=0`]) {
      const reply = await named.client.call('GET', one)
      t.equal(reply.status, 200, one)
      const places = Object(at(reply.body, 'items')).map((item: unknown) => at(item, 'metadata', 'namespace'))
      t.strictSame(places.sort(), [namespace, other.namespace].sort())
    }
    const watch = await openWatch(t, named.client, `${path}&watch=true`)
    const seen = (type: string, place: string) =>
      watch.until(
        `${type} in ${place}`,
        event => event.type === type && at(event.object, 'metadata', 'namespace') === place,
      )
    await seen('ADDED', namespace)
    await seen('ADDED', other.namespace)
    const gone = `${root}/namespaces/${other.namespace}/rolebindings/${name}`
    t.equal((await admin.call('DELETE', gone)).status, 200)
    await seen('DELETED', other.namespace)
    t.strictSame([...new Set(watch.events.map(({ object }) => at(object, 'metadata', 'name')))], [name])
  })
}
