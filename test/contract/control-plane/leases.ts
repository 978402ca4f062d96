import { at, listAt } from '../../support/json.ts'
import { changed, created, got, mergePatch, openWatch, refused, versionOf } from './kit.ts'
import type { Suite } from './target.ts'
import { person } from './users.ts'

const group = 'coordination.k8s.io'

/** How one of several is chosen: who writes first has the lease, and others know it. */
export const leases: Suite = async (t, target) => {
  const { namespace } = await target.newTool()
  const own = `/apis/${group}/v1/namespaces/${namespace}/leases`
  const rules = [
    { apiGroups: [group], resources: ['leases'], verbs: ['get', 'list', 'watch', 'create', 'update', 'patch'] },
  ]
  const one = await person(t, target, { within: { namespace, rules } })
  const other = await person(t, target, { within: { namespace, rules } })
  const leaseOf = (name: string, spec: object) => ({
    apiVersion: `${group}/v1`,
    kind: 'Lease',
    metadata: { name },
    spec,
  })
  const put = (client: typeof one.client, lease: unknown) =>
    client.call('PUT', `${own}/${at(lease, 'metadata', 'name')}`, { body: lease })

  await t.test('times are kept to the microsecond', async t => {
    const spec = {
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2026-11-22T10:00:00.000001Z',
      renewTime: '2026-11-22T11:00:00.500000+01:00',
      leaseTransitions: 0,
    }
    const made = await created(one.client, own, leaseOf('times', spec))
    t.strictSame(at(made, 'spec'), { ...spec, renewTime: '2026-11-22T10:00:00.500000Z' })
    t.equal(at(made, 'metadata', 'generation'), undefined)
    for (const [renewTime, wrong, layout] of [
      ['2026-11-22T11:00:00.5+01:00', '.5+01:00', '.000000'],
      ['2026-11-22T11:00:00Z', 'Z', '.000000'],
      ['2026-11-22T11:00:00.1234567Z', '7Z', 'Z07:00'],
    ]) {
      const reply = await one.client.call('POST', own, { body: leaseOf('other', { ...spec, renewTime }) })
      t.equal(reply.status, 400)
      t.match(at(reply.body, 'message'), `cannot parse "${wrong}" as "${layout}"`)
    }
    t.hasStrict(await created(one.client, own, { metadata: { name: 'empty' } }), { spec: {} })
  })

  await t.test('of two who take it at once one is refused', async t => {
    const body = leaseOf('raced', { holderIdentity: 'one', leaseDurationSeconds: 15 })
    const replies = await Promise.all([one, other].map(({ client }) => client.call('POST', own, { body })))
    t.strictSame(replies.map(({ status }) => status).sort(), [201, 409])
    const seen = await got(one.client, `${own}/raced`)
    const claims = ['a', 'b'].map(holderIdentity => ({
      ...Object(seen),
      spec: { ...Object(at(seen, 'spec')), holderIdentity },
    }))
    const answers = await Promise.all([put(one.client, claims[0]), put(other.client, claims[1])])
    t.strictSame(answers.map(({ status }) => status).sort(), [200, 409])
    const lost = answers.find(({ status }) => status === 409)
    if (lost !== undefined)
      refused(t, lost, {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on leases.${group} "raced": the object has been modified; please apply your changes to the latest version and try again`,
      })
  })

  await t.test('who replaces one must say which version of it', async t => {
    await created(one.client, own, leaseOf('versioned', { holderIdentity: 'one' }))
    const body = leaseOf('versioned', { holderIdentity: 'two' })
    refused(t, await put(one.client, body), {
      code: 422,
      reason: 'Invalid',
      message: `leases.${group} "versioned" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
    })
    const resourceVersion = versionOf(await got(one.client, `${own}/versioned`))
    const reply = await put(one.client, { ...body, metadata: { name: 'versioned', resourceVersion } })
    t.equal(reply.status, 200)
    t.not(versionOf(reply.body), resourceVersion)
    t.hasStrict(await changed(one.client, `${own}/versioned`, { spec: { holderIdentity: 'three' } }), {
      spec: { holderIdentity: 'three' },
    })
  })

  await t.test('a lease lasts, and changes hands a number of times', async t => {
    const cases: [spec: object, message: RegExp][] = [
      [{ leaseDurationSeconds: 0 }, /: spec\.leaseDurationSeconds: Invalid value: 0: must be greater than 0$/],
      [{ leaseTransitions: -1 }, /: spec\.leaseTransitions: Invalid value: -1: must be greater than or equal to 0$/],
    ]
    await created(one.client, own, leaseOf('checked', {}))
    for (const [spec, message] of cases) {
      const refusal = { code: 422, reason: 'Invalid', message }
      refused(t, await one.client.call('POST', own, { body: leaseOf('bad', spec) }), refusal)
      refused(t, await one.client.call('PATCH', `${own}/checked`, { body: { spec }, type: mergePatch }), refusal)
    }
    refused(t, await one.client.call('POST', own, { body: leaseOf('bad', { renewTime: 'now' }) }), {
      code: 400,
      reason: 'BadRequest',
      message: /^Lease in version "v1" cannot be handled as a Lease: /,
    })
  })

  await t.test('a renewal is told to who watches just this one', async t => {
    await created(one.client, own, leaseOf('watched', { holderIdentity: 'one' }))
    const selector = encodeURIComponent('metadata.name=watched')
    const watch = await openWatch(t, other.client, `${own}?watch=true&fieldSelector=${selector}`)
    await changed(one.client, `${own}/watched`, { spec: { renewTime: '2026-11-22T10:00:00.000000Z' } })
    const renewed = await watch.until('the renewal', ({ type }) => type === 'MODIFIED')
    t.equal(at(renewed.object, 'spec', 'renewTime'), '2026-11-22T10:00:00.000000Z')
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    const { body } = await one.client.call('GET', `${own}/watched`, { headers })
    t.strictSame(
      listAt(body, 'columnDefinitions').map(column => at(column, 'name')),
      ['Name', 'Holder', 'Age'],
    )
    t.strictSame(listAt(listAt(body, 'rows')[0], 'cells').slice(0, 2), ['watched', 'one'])
  })
}
