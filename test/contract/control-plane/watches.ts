import { at } from '../../support/json.ts'
import { collections, configMap, created, got, mergePatch, openWatch, roomyTool, summary, versionOf } from './kit.ts'
import type { Suite } from './target.ts'

/** Watches: every change once and in order, from any version that is still known. */
export const watches: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const path = collections(tool).configMaps
  const labelled = (suite: string) => ({ metadata: { labels: { suite } } })
  const patch = (name: string, body: unknown) => client.call('PATCH', `${path}/${name}`, { body, type: mergePatch })
  const now = async () => versionOf(await got(client, path))
  const watch = (parameters: Record<string, string>) =>
    `${path}?${new URLSearchParams({ watch: 'true', ...parameters })}`

  await t.test('a watch from the version of a list sees all that comes after it, in order', async t => {
    const probe = await openWatch(t, client, watch({ resourceVersion: await now(), labelSelector: 'suite=order' }))
    t.equal(probe.status, 200)
    await created(client, path, configMap('w', { ...labelled('order'), data: { n: '1' } }))
    await patch('w', { data: { n: '2' } })
    await created(client, path, configMap('unwatched'))
    const uid = at(await got(client, `${path}/w`), 'metadata', 'uid')
    await client.call('DELETE', `${path}/w`)
    const last = await probe.until('the deletion', event => event.type === 'DELETED')
    t.strictSame(probe.events.map(summary), ['ADDED w', 'MODIFIED w', 'DELETED w'])
    t.hasStrict(probe.events[0]?.object, { kind: 'ConfigMap', apiVersion: 'v1', data: { n: '1' } })
    t.hasStrict(last.object, { kind: 'ConfigMap', metadata: { uid }, data: { n: '2' } })
    const versions = probe.events.map(event => BigInt(versionOf(event.object)))
    t.strictSame(
      versions,
      versions.toSorted((a, b) => Number(a - b)),
      'versions grow, also that of the deletion',
    )
  })

  await t.test('a watch resumes after any event that it saw', async t => {
    const version = await now()
    const first = versionOf(await created(client, path, configMap('r1', labelled('resume'))))
    await created(client, path, configMap('r2', labelled('resume')))
    await patch('r1', { data: { x: '1' } })
    const selector = { labelSelector: 'suite=resume' }
    const all = await openWatch(t, client, watch({ resourceVersion: version, ...selector }))
    await all.until('the patch', event => event.type === 'MODIFIED')
    t.strictSame(all.events.map(summary), ['ADDED r1', 'ADDED r2', 'MODIFIED r1'])
    const rest = await openWatch(t, client, watch({ resourceVersion: first, ...selector }))
    await rest.until('the patch', event => event.type === 'MODIFIED')
    t.strictSame(rest.events.map(summary), ['ADDED r2', 'MODIFIED r1'])
  })

  await t.test('without a version a watch begins with what is there', async t => {
    await created(client, path, configMap('s1', labelled('start')))
    await created(client, path, configMap('s2', labelled('start')))
    for (const version of [{}, { resourceVersion: '0' }]) {
      const probe = await openWatch(t, client, watch({ labelSelector: 'suite=start', ...version }))
      await probe.until('both', () => probe.events.length === 2)
      t.strictSame(probe.events.map(summary).toSorted(), ['ADDED s1', 'ADDED s2'])
    }
  })

  await t.test('an object that comes to fit the selector is added, one that ceases to is deleted', async t => {
    await created(client, path, configMap('turn'))
    const probe = await openWatch(t, client, watch({ resourceVersion: await now(), labelSelector: 'suite=turn' }))
    await patch('turn', { metadata: { labels: { suite: 'turn' } } })
    await patch('turn', { data: { x: '1' } })
    await patch('turn', { metadata: { labels: { suite: 'other' } } })
    await probe.until('the end', event => event.type === 'DELETED')
    t.strictSame(probe.events.map(summary), ['ADDED turn', 'MODIFIED turn', 'DELETED turn'])
  })

  await t.test('one object is watched by its name', async t => {
    const probe = await openWatch(t, client, watch({ resourceVersion: await now(), fieldSelector: 'metadata.name=n2' }))
    await created(client, path, configMap('n1'))
    await created(client, path, configMap('n2'))
    await probe.until('n2', event => event.type === 'ADDED')
    t.strictSame(probe.events.map(summary), ['ADDED n2'])
  })

  await t.test('a watch ends after the time that it asked for, with a bookmark before', async t => {
    const limits = {
      resourceVersion: await now(),
      allowWatchBookmarks: 'true',
      timeoutSeconds: '5',
      labelSelector: 'suite=bookmark',
    }
    const probe = await openWatch(t, client, watch(limits))
    const unwatched = versionOf(await created(client, path, configMap('beside')))
    const { object } = await probe.until('a bookmark', event => event.type === 'BOOKMARK')
    t.hasStrict(object, { kind: 'ConfigMap', apiVersion: 'v1' })
    t.ok(BigInt(versionOf(object)) >= BigInt(unwatched), 'its version counts what the watch did not show')
    await probe.ended
    t.equal(probe.events.at(-1)?.type, 'BOOKMARK')
    const { allowWatchBookmarks: _, ...plain } = limits
    const silent = await openWatch(t, client, watch({ ...plain, timeoutSeconds: '1' }))
    await silent.ended
    t.strictSame(silent.events, [], 'none comes unasked')
  })

  await t.test('many watches see the same', async t => {
    const from = watch({ resourceVersion: await now(), labelSelector: 'suite=many' })
    const probes = await Promise.all(Array.from({ length: 20 }, () => openWatch(t, client, from)))
    for (const name of ['m1', 'm2', 'm3']) await created(client, path, configMap(name, labelled('many')))
    for (const probe of probes) {
      await probe.until('three', () => probe.events.length === 3)
      t.strictSame(probe.events.map(summary), ['ADDED m1', 'ADDED m2', 'ADDED m3'])
    }
  })

  await t.test('a version that is forgotten is said to be: 410 Expired', async t => {
    const { events } = collections(tool)
    const old = versionOf(await got(client, events))
    await target.forgetHistory()
    const probe = await openWatch(t, client, `${events}?watch=true&resourceVersion=${old}&timeoutSeconds=5`)
    await probe.ended
    // As an event of a stream that was opened, or at once as the answer.
    const status = probe.status === 200 ? probe.events[0]?.object : undefined
    if (probe.status === 200) t.equal(probe.events[0]?.type, 'ERROR')
    else t.equal(probe.status, 410)
    if (status !== undefined) t.hasStrict(status, { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired' })
    const fresh = versionOf(await got(client, events))
    const again = await openWatch(t, client, `${events}?watch=true&resourceVersion=${fresh}&timeoutSeconds=1`)
    t.equal(again.status, 200)
    await again.ended
    t.strictSame(
      again.events.filter(event => event.type === 'ERROR'),
      [],
      'from the version of a new list it goes on',
    )
  })

  await t.test('a version that is none is refused', async t => {
    const reply = await client.call('GET', watch({ resourceVersion: 'abc' }))
    t.ok(reply.status >= 400, `answered ${reply.status}`)
  })
}
