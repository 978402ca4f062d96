import { at, listAt, textAt } from '../../support/json.ts'
import { collections, configMap, created, got, namesIn, refused, roomyTool, versionOf } from './kit.ts'
import type { Suite } from './target.ts'

/** Lists: selectors, pages, order. */
export const lists: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const path = collections(tool).configMaps
  const labels = { a: { app: 'one', tier: 'web' }, b: { app: 'two', tier: 'web' }, c: { app: 'two' }, d: {} }
  for (const [name, own] of Object.entries(labels))
    await created(client, path, configMap(name, { metadata: { labels: { ...own, suite: 'lists' } } }))
  const query = (parameters: Record<string, string>) => `${path}?${new URLSearchParams(parameters)}`
  const names = async (parameters: Record<string, string>) => namesIn(await got(client, query(parameters)))

  await t.test('a list has a version and its items in order, each without its kind', async t => {
    const list = await got(client, query({ labelSelector: 'suite=lists' }))
    t.hasStrict(list, { kind: 'ConfigMapList', apiVersion: 'v1' })
    t.strictSame(namesIn(list), ['a', 'b', 'c', 'd'])
    t.match(versionOf(list), /^[1-9]\d*$/)
    const newest = listAt(list, 'items').map(item => BigInt(versionOf(item)))
    t.ok(
      newest.every(version => version <= BigInt(versionOf(list))),
      'no item is newer than its list',
    )
  })

  await t.test('labels select', async t => {
    const cases: Record<string, string[]> = {
      'app=two': ['b', 'c'],
      'app==two': ['b', 'c'],
      'app=two,tier=web': ['b'],
      'suite=lists,app!=two': ['a', 'd'],
      'app in (one, two)': ['a', 'b', 'c'],
      'suite=lists,app notin (one)': ['b', 'c', 'd'],
      tier: ['a', 'b'],
      'suite=lists,!tier': ['c', 'd'],
      'app=none': [],
    }
    for (const [labelSelector, wanted] of Object.entries(cases))
      t.strictSame(await names({ labelSelector }), wanted, labelSelector)
    t.equal((await client.call('GET', query({ labelSelector: '!!' }))).status, 400)
    t.equal((await client.call('GET', query({ labelSelector: 'a in b' }))).status, 400)
  })

  await t.test('fields select', async t => {
    t.strictSame(await names({ fieldSelector: 'metadata.name=b' }), ['b'])
    const others = { fieldSelector: 'metadata.name!=b', labelSelector: 'suite=lists' }
    t.strictSame(await names(others), ['a', 'c', 'd'])
    t.strictSame(await names({ fieldSelector: `metadata.namespace=${tool.namespace},metadata.name=c` }), ['c'])
    refused(t, await client.call('GET', query({ fieldSelector: 'data.x=1' })), {
      code: 400,
      reason: 'BadRequest',
      message: /^"data\.x" is not a known field selector: only "metadata\.name", "metadata\.namespace"/,
    })
    const pods = collections(tool).pods
    t.strictSame(namesIn(await got(client, `${pods}?fieldSelector=status.phase=Running`)), [])
    const jobs = collections(tool).jobs
    t.strictSame(namesIn(await got(client, `${jobs}?fieldSelector=status.successful=1`)), [])
  })

  await t.test('a limit makes pages of one and the same moment', async t => {
    const first = await got(client, query({ labelSelector: 'suite=lists', limit: '3' }))
    t.strictSame(namesIn(first), ['a', 'b', 'c'])
    const more = textAt(first, 'metadata', 'continue')
    await created(client, path, configMap('e', { metadata: { labels: { suite: 'lists' } } }))
    const second = await got(client, query({ labelSelector: 'suite=lists', limit: '3', continue: more }))
    t.strictSame(namesIn(second), ['d'], 'what was made in between is not in it')
    t.equal(versionOf(second), versionOf(first))
    t.equal(at(second, 'metadata', 'continue'), undefined)
    t.equal((await client.call('DELETE', `${path}/e`)).status, 200)
    const all = await got(client, `${path}?limit=1`)
    const total = listAt(await got(client, path), 'items').length
    t.equal(at(all, 'metadata', 'remainingItemCount'), total - 1)
    t.equal((await client.call('GET', query({ continue: 'nonsense' }))).status, 400)
    t.equal((await client.call('GET', query({ limit: 'x' }))).status, 400)
  })

  await t.test('version 0 means whatever is at hand', async t => {
    const list = await got(client, query({ resourceVersion: '0', labelSelector: 'suite=lists' }))
    t.strictSame(namesIn(list), ['a', 'b', 'c', 'd'])
  })

  await t.test('an administrator lists over all namespaces', async t => {
    const all = await got(target.admin, '/api/v1/configmaps?labelSelector=suite=lists,app=one')
    const own = listAt(all, 'items').filter(item => at(item, 'metadata', 'namespace') === tool.namespace)
    t.equal(own.length, 1)
  })
}
