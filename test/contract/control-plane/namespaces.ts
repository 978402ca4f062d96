import { at, textAt } from '../../support/json.ts'
import {
  becomes,
  changed,
  collections,
  configMap,
  created,
  goes,
  got,
  ignoresTerm,
  jobOf,
  podUp,
  refused,
} from './kit.ts'
import type { Suite } from './target.ts'

/** A namespace, from its creation to its end with all that is in it. */
export const namespaces: Suite = async (t, target) => {
  const tool = await target.newTool()
  const { admin } = target
  const path = `/api/v1/namespaces/${tool.namespace}`

  await t.test('a namespace has labels, annotations and a phase', async t => {
    t.hasStrict(await got(admin, path), {
      kind: 'Namespace',
      metadata: {
        name: tool.namespace,
        labels: { 'kubernetes.io/metadata.name': tool.namespace, tenancy: 'tool', 'toolforge.org/tool': tool.name },
        annotations: { 'toolforge.org/uid': String(tool.uid) },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
    await changed(admin, path, { metadata: { annotations: { extra: 'yes' } } })
    t.equal(at(await got(admin, path), 'metadata', 'annotations', 'extra'), 'yes')
  })

  await t.test('it is found by its labels', async t => {
    const selector = encodeURIComponent(`toolforge.org/tool=${tool.name},tenancy=tool`)
    const list = await got(admin, `/api/v1/namespaces?labelSelector=${selector}`)
    t.equal(at(list, 'items', 0, 'metadata', 'name'), tool.namespace)
    t.equal(at(list, 'items', 1), undefined)
  })

  await t.test('its name is a DNS label, taken once', async t => {
    const post = (name: string) =>
      admin.call('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } })
    refused(t, await post('Bad.Name'), {
      code: 422,
      reason: 'Invalid',
      message: /^Namespace "Bad\.Name" is invalid: metadata\.name: Invalid value/,
    })
    refused(t, await post(tool.namespace), {
      code: 409,
      reason: 'AlreadyExists',
      message: `namespaces "${tool.namespace}" already exists`,
      details: { name: tool.namespace, kind: 'namespaces' },
    })
  })

  await t.test('nothing is made in one that is not there', async t => {
    refused(t, await admin.call('POST', '/api/v1/namespaces/nowhere/configmaps', { body: configMap('x') }), {
      code: 404,
      reason: 'NotFound',
      message: 'namespaces "nowhere" not found',
      details: { name: 'nowhere', kind: 'namespaces' },
    })
    t.equal((await admin.call('GET', '/api/v1/namespaces/nowhere')).status, 404)
    t.strictSame(at(await got(admin, '/api/v1/namespaces/nowhere/configmaps'), 'items'), [], 'a list is empty')
  })

  await t.test('deleted, it takes all with it, running pods too, and lets nothing new in', async t => {
    const { jobs, configMaps } = collections(tool)
    await created(tool.client, configMaps, configMap('inside'))
    // Ignores TERM, so that the end takes the two seconds of grace and can be looked at.
    const command = ignoresTerm
    const spec = { terminationGracePeriodSeconds: 3 }
    await created(tool.client, jobs, jobOf('inside', { image: target.image, command, spec }))
    await podUp(tool, 'inside')
    const uid = textAt(await got(admin, path), 'metadata', 'uid')
    const reply = await admin.call('DELETE', path)
    t.equal(reply.status, 200)
    const ending = await becomes(admin, path, object => at(object, 'status', 'phase') === 'Terminating')
    t.equal(at(ending, 'metadata', 'uid'), uid)
    t.type(at(ending, 'metadata', 'deletionTimestamp'), 'string')
    refused(t, await admin.call('POST', configMaps, { body: configMap('late') }), {
      code: 403,
      reason: 'Forbidden',
      message: `configmaps "late" is forbidden: unable to create new content in namespace ${tool.namespace} because it is being terminated`,
    })
    t.ok(await goes(admin, path))
    t.strictSame(at(await got(admin, `/api/v1/pods?fieldSelector=metadata.namespace=${tool.namespace}`), 'items'), [])
  })
}
