import { at, textAt } from '../../support/json.ts'
import { becomes, collections, configMap, created, goes, jobOf, roomyTool } from './kit.ts'
import type { Suite } from './target.ts'

/** What is owned goes when its last owner has gone. */
export const owners: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const path = collections(tool).configMaps
  const reference = (owner: unknown) => ({
    apiVersion: textAt(owner, 'apiVersion'),
    kind: textAt(owner, 'kind'),
    name: textAt(owner, 'metadata', 'name'),
    uid: textAt(owner, 'metadata', 'uid'),
  })
  const owned = (name: string, ...by: unknown[]) =>
    created(client, path, configMap(name, { metadata: { ownerReferences: by.map(reference) } }))

  await t.test('what a deleted object owned is collected, to the last generation', async t => {
    const owner = await created(client, path, configMap('owner'))
    await owned('grandchild', await owned('child', owner))
    await client.call('DELETE', `${path}/owner`)
    t.ok(await goes(client, `${path}/child`))
    t.ok(await goes(client, `${path}/grandchild`))
  })

  await t.test('of two owners the second keeps it', async t => {
    const first = await created(client, path, configMap('first'))
    const second = await created(client, path, configMap('second'))
    await owned('shared', first, second)
    await owned('sibling', first)
    await client.call('DELETE', `${path}/first`)
    t.ok(await goes(client, `${path}/sibling`))
    const left = await becomes(
      client,
      `${path}/shared`,
      object => at(object, 'metadata', 'ownerReferences', 1) === undefined,
    )
    t.equal(at(left, 'metadata', 'ownerReferences', 0, 'name'), 'second')
    await client.call('DELETE', `${path}/second`)
    t.ok(await goes(client, `${path}/shared`))
  })

  await t.test('an owner that never was, or that another has followed under its name, keeps nothing', async t => {
    const ghost = { ...configMap('ghost'), metadata: { name: 'ghost', uid: '00000000-0000-4000-8000-000000000000' } }
    await owned('haunted', ghost)
    t.ok(await goes(client, `${path}/haunted`))
  })

  await t.test('a job owns what names it as owner', async t => {
    const { jobs } = collections(tool)
    const job = await created(client, jobs, jobOf('owning', { image: target.image, command: 'true' }))
    await owned('of-job', job)
    await client.call('DELETE', `${jobs}/owning?propagationPolicy=Background`)
    t.ok(await goes(client, `${path}/of-job`))
  })

  await t.test('Orphan leaves what was owned', async t => {
    const owner = await created(client, path, configMap('leaver'))
    await owned('left', owner)
    await client.call('DELETE', `${path}/leaver?propagationPolicy=Orphan`)
    t.ok(await goes(client, `${path}/leaver`))
    const left = await becomes(
      client,
      `${path}/left`,
      object => at(object, 'metadata', 'ownerReferences') === undefined,
    )
    t.equal(at(left, 'metadata', 'name'), 'left')
  })
}
