import { at, textAt } from '../../support/json.ts'
import { collections, configMap, created, got, mergePatch, refused, roomyTool, versionOf } from './kit.ts'
import type { Suite } from './target.ts'

/** Creating, reading, changing and deleting any object, and what goes wrong with it. */
export const objects: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client, namespace } = tool
  const path = collections(tool).configMaps
  const patch = (name: string, body: unknown, type = mergePatch) =>
    client.call('PATCH', `${path}/${name}`, { body, type })

  await t.test('a new object gets identity, version and time, and reads back as it was written', async t => {
    const object = await created(client, path, configMap('new', { metadata: { labels: { a: '1' } }, data: { k: 'v' } }))
    t.hasStrict(object, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new', namespace }, data: { k: 'v' } })
    t.match(textAt(object, 'metadata', 'uid'), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    t.match(versionOf(object), /^[1-9]\d*$/)
    t.match(textAt(object, 'metadata', 'creationTimestamp'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    t.strictSame(await got(client, `${path}/new`), object)
  })

  await t.test('a name is taken once', async t => {
    await created(client, path, configMap('once'))
    refused(t, await client.call('POST', path, { body: configMap('once') }), {
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "once" already exists',
      details: { name: 'once', kind: 'configmaps' },
    })
  })

  await t.test('the server ends a generateName with five characters of its own', async t => {
    const nameless = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'made-' } }
    const names = [await created(client, path, nameless), await created(client, path, nameless)].map(object => {
      t.equal(at(object, 'metadata', 'generateName'), 'made-')
      return textAt(object, 'metadata', 'name')
    })
    t.not(names[0], names[1])
    for (const name of names) t.match(name, /^made-[a-z0-9]{5}$/)
  })

  await t.test('a dry run answers as a real one and leaves nothing', async t => {
    const dry = await client.call('POST', `${path}?dryRun=All`, { body: configMap('dry', { data: { k: 'v' } }) })
    t.equal(dry.status, 201)
    t.hasStrict(dry.body, { metadata: { name: 'dry', namespace }, data: { k: 'v' } })
    t.equal((await client.call('GET', `${path}/dry`)).status, 404)
    await created(client, path, configMap('kept', { data: { k: 'v' } }))
    t.equal((await client.call('POST', `${path}?dryRun=All`, { body: configMap('kept') })).status, 409)
    const changed = await client.call('PATCH', `${path}/kept?dryRun=All`, {
      body: { data: { k: 'w' } },
      type: mergePatch,
    })
    t.equal(at(changed.body, 'data', 'k'), 'w')
    t.equal((await client.call('DELETE', `${path}/kept?dryRun=All`)).status, 200)
    t.equal(at(await got(client, `${path}/kept`), 'data', 'k'), 'v')
    t.equal((await client.call('POST', `${path}?dryRun=Some`, { body: configMap('dry') })).status, 422)
  })

  await t.test('an update replaces, if its version is the newest or it names none', async t => {
    const first = await created(client, path, configMap('put', { data: { a: '1', b: '2' } }))
    const metadata = { resourceVersion: versionOf(first) }
    const second = await client.call('PUT', `${path}/put`, { body: configMap('put', { metadata, data: { c: '3' } }) })
    t.equal(second.status, 200)
    t.strictSame(at(second.body, 'data'), { c: '3' })
    t.equal(at(second.body, 'metadata', 'uid'), at(first, 'metadata', 'uid'))
    t.ok(BigInt(versionOf(second.body)) > BigInt(versionOf(first)), 'the version grows')
    refused(t, await client.call('PUT', `${path}/put`, { body: configMap('put', { metadata }) }), {
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "put": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'put', kind: 'configmaps' },
    })
    const third = await client.call('PUT', `${path}/put`, { body: configMap('put', { data: { d: '4' } }) })
    t.equal(third.status, 200, 'without a version')
    const same = await client.call('PUT', `${path}/put`, { body: configMap('put', { data: { d: '4' } }) })
    t.equal(versionOf(same.body), versionOf(third.body), 'what changes nothing keeps the version')
    t.equal((await client.call('PUT', `${path}/none`, { body: configMap('none') })).status, 404)
    refused(t, await client.call('PUT', `${path}/put`, { body: configMap('other') }), {
      code: 400,
      reason: 'BadRequest',
      message: 'the name of the object (other) does not match the name on the URL (put)',
    })
    const another = { metadata: { uid: '00000000-0000-4000-8000-000000000000' } }
    t.equal((await client.call('PUT', `${path}/put`, { body: configMap('put', another) })).status, 409, 'another uid')
  })

  await t.test('a merge patch changes what it names, and null removes', async t => {
    const first = await created(
      client,
      path,
      configMap('merge', { metadata: { labels: { a: '1' } }, data: { k: 'v' } }),
    )
    const changed = await patch('merge', { data: { k: null, n: '1' }, metadata: { labels: { a: null, b: '2' } } })
    t.equal(changed.status, 200)
    t.strictSame(at(changed.body, 'data'), { n: '1' })
    t.strictSame(at(changed.body, 'metadata', 'labels'), { b: '2' })
    t.ok(BigInt(versionOf(changed.body)) > BigInt(versionOf(first)))
    t.equal(
      versionOf((await patch('merge', { data: { n: '1' } })).body),
      versionOf(changed.body),
      'no change, no version',
    )
    refused(t, await patch('merge', { metadata: { resourceVersion: versionOf(first) }, data: { q: '1' } }), {
      code: 409,
      reason: 'Conflict',
      message: /^Operation cannot be fulfilled on configmaps "merge": the object has been modified/,
    })
    refused(t, await patch('merge', { metadata: { uid: 'another' }, data: { q: '1' } }), {
      code: 422,
      reason: 'Invalid',
      message: 'ConfigMap "merge" is invalid: metadata.uid: Invalid value: "another": field is immutable',
    })
    const identity = await patch('merge', { metadata: { creationTimestamp: null, generation: 7 } })
    t.equal(at(identity.body, 'metadata', 'creationTimestamp'), at(first, 'metadata', 'creationTimestamp'))
    t.equal((await patch('none', {})).status, 404)
  })

  await t.test('a patch must be of a type that is known, and an object', async t => {
    await created(client, path, configMap('patched'))
    t.equal((await patch('patched', {}, 'application/json')).status, 415)
    t.match((await patch('patched', {}, 'text/plain')).body, { kind: 'Status', reason: 'UnsupportedMediaType' })
    t.match((await patch('patched', [])).body, { kind: 'Status', code: 400, reason: 'BadRequest' })
    t.match((await patch('patched', '{')).body, { kind: 'Status', code: 400, reason: 'BadRequest' })
  })

  await t.test('bodies that are no such object are refused with the reason', async t => {
    const post = (body: unknown, type?: string) =>
      client.call('POST', path, type === undefined ? { body } : { body, type })
    t.match((await post('{')).body, { kind: 'Status', code: 400, reason: 'BadRequest' })
    refused(t, await post({ apiVersion: 'v1', kind: 'ConfigMap' }), {
      code: 422,
      reason: 'Invalid',
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      details: {
        kind: 'ConfigMap',
        causes: [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: name or generateName is required',
            field: 'metadata.name',
          },
        ],
      },
    })
    refused(t, await post(configMap('Bad_Name')), {
      code: 422,
      reason: 'Invalid',
      message:
        /^ConfigMap "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must/,
    })
    refused(t, await post(configMap('label', { metadata: { labels: { a: 'b c' } } })), {
      code: 422,
      reason: 'Invalid',
      message: /^ConfigMap "label" is invalid: metadata\.labels: Invalid value: "b c": a valid label must be/,
    })
    t.equal((await post({ ...configMap('x'), kind: 'Pod' })).status, 400, 'another kind')
    refused(t, await post(configMap('x', { metadata: { namespace: 'elsewhere' } })), {
      code: 400,
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    })
    t.match((await post(configMap('x'), 'text/plain')).body, {
      kind: 'Status',
      code: 415,
      reason: 'UnsupportedMediaType',
    })
    t.equal((await post(configMap('yaml'), 'application/json;charset=utf-8')).status, 201, 'a charset is no other type')
  })

  await t.test('a delete answers with the uid, and what is not there is not found', async t => {
    const uid = at(await created(client, path, configMap('gone')), 'metadata', 'uid')
    const reply = await client.call('DELETE', `${path}/gone`)
    t.equal(reply.status, 200)
    t.hasStrict(reply.body, { kind: 'Status', status: 'Success', details: { name: 'gone', kind: 'configmaps', uid } })
    const missing = {
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "gone" not found',
      details: { name: 'gone', kind: 'configmaps' },
    }
    refused(t, await client.call('DELETE', `${path}/gone`), missing)
    refused(t, await client.call('GET', `${path}/gone`), missing)
    refused(t, await patch('gone', {}), missing)
  })

  await t.test('data of a kilobyte and more, and of any letters, come back as they were', async t => {
    const data = { long: 'x'.repeat(100_000), letters: 'äß€\u0000\u2028\ud83d\ude00"\\\n' }
    const object = await created(client, path, configMap('letters', { data }))
    t.strictSame(at(object, 'data'), data)
    t.strictSame(at(await got(client, `${path}/letters`), 'data'), data)
  })
}
