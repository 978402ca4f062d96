import { at, listAt } from '../../support/json.ts'
import {
  becomes,
  collections,
  configMap,
  created,
  endsAtTerm,
  goes,
  got,
  ignoresTerm,
  isUp,
  jobOf,
  mergePatch,
  namesIn,
  podOf,
  podsOf,
  podUp,
  refused,
  roomyTool,
  versionOf,
} from './kit.ts'
import type { Suite } from './target.ts'

/** Deleting: preconditions, collections, what is owned, grace. */
export const deletion: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const { configMaps, jobs, pods } = collections(tool)
  const startJob = async (name: string, labels: Record<string, string> = {}) => {
    await created(client, jobs, jobOf(name, { image: target.image, command: endsAtTerm, labels }))
    return podUp(tool, name)
  }

  await t.test('a delete holds for the object that it means', async t => {
    const object = await created(client, configMaps, configMap('meant'))
    const remove = (preconditions: object) => client.call('DELETE', `${configMaps}/meant`, { body: { preconditions } })
    refused(t, await remove({ uid: 'another' }), {
      code: 409,
      reason: 'Conflict',
      message: /the UID in the precondition \(another\) does not match the UID in record/,
    })
    refused(t, await remove({ resourceVersion: '1' }), {
      code: 409,
      reason: 'Conflict',
      message: /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record/,
    })
    t.equal((await remove({ uid: at(object, 'metadata', 'uid'), resourceVersion: versionOf(object) })).status, 200)
    t.equal((await client.call('GET', `${configMaps}/meant`)).status, 404)
  })

  await t.test('a collection is deleted as far as it is selected', async t => {
    for (const name of ['c1', 'c2', 'c3'])
      await created(
        client,
        configMaps,
        configMap(name, { metadata: { labels: { keep: String(name === 'c2'), of: 'set' } } }),
      )
    const reply = await client.call('DELETE', `${configMaps}?labelSelector=of=set,keep=false`)
    t.equal(reply.status, 200)
    t.equal(at(reply.body, 'kind'), 'ConfigMapList')
    t.strictSame(namesIn(await got(client, `${configMaps}?labelSelector=of=set`)), ['c2'])
    t.equal((await client.call('DELETE', `${configMaps}?labelSelector=of=nothing`)).status, 200)
  })

  await t.test('a finalizer keeps an object, marked, until it is removed', async t => {
    await created(client, configMaps, configMap('held', { metadata: { finalizers: ['example.org/hold'] } }))
    const reply = await client.call('DELETE', `${configMaps}/held`)
    t.equal(reply.status, 200)
    t.type(at(await got(client, `${configMaps}/held`), 'metadata', 'deletionTimestamp'), 'string')
    t.equal((await client.call('POST', configMaps, { body: configMap('held') })).status, 409, 'the name is still taken')
    const free = { body: { metadata: { finalizers: null } }, type: mergePatch }
    t.equal((await client.call('PATCH', `${configMaps}/held`, free)).status, 200)
    t.equal((await client.call('GET', `${configMaps}/held`)).status, 404)
  })

  await t.test('Background: the job goes at once, its pods after it, and their processes end', async t => {
    const pod = await startJob('back')
    const uid = at(await got(client, `${jobs}/back`), 'metadata', 'uid')
    const reply = await client.call('DELETE', `${jobs}/back?propagationPolicy=Background`)
    t.hasStrict(reply.body, {
      kind: 'Status',
      status: 'Success',
      details: { name: 'back', group: 'batch', kind: 'jobs', uid },
    })
    t.equal((await client.call('GET', `${jobs}/back`)).status, 404)
    t.ok(await goes(client, `${pods}/${pod}`))
  })

  await t.test('the policy may stand in the body', async t => {
    const pod = await startJob('body')
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' }
    t.equal((await client.call('DELETE', `${jobs}/body`, { body })).status, 200)
    t.equal((await client.call('GET', `${jobs}/body`)).status, 404)
    t.ok(await goes(client, `${pods}/${pod}`))
  })

  await t.test('Foreground: the job stays, marked, until its pods are gone', async t => {
    await created(client, jobs, jobOf('fore', { image: target.image, command: ignoresTerm }))
    const pod = await podUp(tool, 'fore')
    const reply = await client.call('DELETE', `${jobs}/fore?propagationPolicy=Foreground`)
    t.equal(reply.status, 200)
    const marked = await got(client, `${jobs}/fore`)
    t.type(at(marked, 'metadata', 'deletionTimestamp'), 'string')
    t.ok(listAt(marked, 'metadata', 'finalizers').includes('foregroundDeletion'))
    t.ok(await goes(client, `${jobs}/fore`))
    t.equal((await client.call('GET', `${pods}/${pod}`)).status, 404)
  })

  await t.test('Orphan, which is what jobs do by default: the pods stay and lose their owner', async t => {
    for (const [name, query] of [
      ['orphan', '?propagationPolicy=Orphan'],
      ['plain', ''],
    ] as const) {
      const pod = await startJob(name)
      t.equal((await client.call('DELETE', `${jobs}/${name}${query}`)).status, 200)
      t.ok(await goes(client, `${jobs}/${name}`))
      const left = await becomes(
        client,
        `${pods}/${pod}`,
        object => at(object, 'metadata', 'ownerReferences') === undefined,
      )
      t.equal(at(left, 'status', 'phase'), 'Running', name)
      await client.call('DELETE', `${pods}/${pod}`)
      t.ok(await goes(client, `${pods}/${pod}`))
    }
  })

  await t.test('a collection of jobs takes its pods with it', async t => {
    await startJob('set1', { of: 'jobs' })
    await startJob('set2', { of: 'jobs' })
    const path = `${jobs}?labelSelector=of=jobs&propagationPolicy=Background`
    const reply = await client.call('DELETE', path)
    t.equal(reply.status, 200)
    t.hasStrict(reply.body, { kind: 'JobList', apiVersion: 'batch/v1' })
    t.strictSame(namesIn(await got(client, `${jobs}?labelSelector=of=jobs`)), [])
    for (const job of ['set1', 'set2'])
      for (const pod of await podsOf(tool, job)) t.ok(await goes(client, `${pods}/${at(pod, 'metadata', 'name')}`))
  })

  await t.test('a pod is given its grace, and may be denied it', async t => {
    const stubborn = { image: target.image, command: ignoresTerm }
    await created(client, pods, podOf('slow', { ...stubborn, spec: { terminationGracePeriodSeconds: 3 } }))
    await isUp(tool, 'slow')
    const began = performance.now()
    const reply = await client.call('DELETE', `${pods}/slow`)
    t.hasStrict(reply.body, { kind: 'Pod', metadata: { name: 'slow', deletionGracePeriodSeconds: 3 } })
    t.type(at(reply.body, 'metadata', 'deletionTimestamp'), 'string')
    t.ok(await goes(client, `${pods}/slow`))
    t.ok(performance.now() - began > 2500, 'it had its three seconds')
    await created(client, pods, podOf('quick', { ...stubborn, spec: { terminationGracePeriodSeconds: 60 } }))
    await isUp(tool, 'quick')
    t.equal((await client.call('DELETE', `${pods}/quick?gracePeriodSeconds=0`)).status, 200)
    t.equal((await client.call('GET', `${pods}/quick`)).status, 404)
  })

  await t.test('an unknown policy is refused', async t => {
    await created(client, configMaps, configMap('policy'))
    const reply = await client.call('DELETE', `${configMaps}/policy?propagationPolicy=Nope`)
    t.ok([400, 422].includes(reply.status), `answered ${reply.status}`)
  })
}
