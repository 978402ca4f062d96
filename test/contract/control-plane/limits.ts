import { at, listAt, textAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { becomes, changed, collections, configMap, created, goes, got, jobOf, podOf, refused } from './kit.ts'
import type { Suite } from './target.ts'

/** Quota and limits: what is refused, with which words, and what is filled in. */
export const limits: Suite = async (t, target) => {
  const tool = await target.newTool()
  const { client, namespace } = tool
  const paths = collections(tool)
  const quota = `${paths.quotas}/${namespace}`
  const idle = { image: target.image, command: 'while :; do sleep 0.1; done' }
  const sized = (limits: object, requests: object = limits) => ({
    ...idle,
    container: { resources: { limits, requests } },
  })
  const set = async (hard: Record<string, string>) => {
    await changed(target.admin, quota, { spec: { hard } })
    await becomes(client, quota, object =>
      Object.keys(hard).every(name => at(object, 'status', 'hard', name) === hard[name]),
    )
  }

  await t.test('a quota says what is allowed and what is used', async t => {
    const object = await becomes(client, quota, found => at(found, 'status', 'used') !== undefined)
    t.hasStrict(at(object, 'status', 'hard'), { pods: '10', 'count/jobs.batch': '15', 'requests.memory': '6Gi' })
    t.hasStrict(at(object, 'status', 'used'), { pods: '0', 'count/jobs.batch': '0', 'requests.memory': '0' })
  })

  await t.test('one job too many is refused, and fits again when another has gone', async t => {
    await set({ 'count/jobs.batch': '2' })
    await created(client, paths.jobs, jobOf('one', { ...idle, job: { suspend: true } }))
    await created(client, paths.jobs, jobOf('two', { ...idle, job: { suspend: true } }))
    refused(t, await client.call('POST', paths.jobs, { body: jobOf('three', idle) }), {
      code: 403,
      reason: 'Forbidden',
      message: `jobs.batch "three" is forbidden: exceeded quota: ${namespace}, requested: count/jobs.batch=1, used: count/jobs.batch=2, limited: count/jobs.batch=2`,
      details: { name: 'three', group: 'batch', kind: 'jobs' },
    })
    const dry = await client.call('POST', `${paths.jobs}?dryRun=All`, { body: jobOf('three', idle) })
    t.equal(dry.status, 403, 'a dry run says so too')
    for (const name of ['one', 'two']) await client.call('DELETE', `${paths.jobs}/${name}?propagationPolicy=Background`)
    await waitUntil('room for a job', async () => {
      const reply = await client.call('POST', `${paths.jobs}?dryRun=All`, { body: jobOf('three', idle) })
      return reply.status === 201
    })
    await set({ 'count/jobs.batch': '15' })
  })

  await t.test('a pod is refused for what it adds to what is used', async t => {
    await set({ 'requests.memory': '1Gi', 'limits.memory': '1Gi' })
    await created(client, paths.pods, podOf('big', sized({ cpu: '100m', memory: '700Mi' })))
    await becomes(client, quota, object => at(object, 'status', 'used', 'limits.memory') === '700Mi')
    refused(
      t,
      await client.call('POST', paths.pods, { body: podOf('more', sized({ cpu: '100m', memory: '400Mi' })) }),
      {
        code: 403,
        reason: 'Forbidden',
        message: `pods "more" is forbidden: exceeded quota: ${namespace}, requested: limits.memory=400Mi,requests.memory=400Mi, used: limits.memory=700Mi,requests.memory=700Mi, limited: limits.memory=1Gi,requests.memory=1Gi`,
      },
    )
    t.hasStrict(at(await got(client, quota), 'status', 'used'), {
      pods: '1',
      'requests.cpu': '100m',
      'limits.cpu': '100m',
    })
    await client.call('DELETE', `${paths.pods}/big?gracePeriodSeconds=0`)
    await becomes(client, quota, object => at(object, 'status', 'used', 'limits.memory') === '0')
    await set({ 'requests.memory': '6Gi', 'limits.memory': '8Gi' })
  })

  await t.test('a pod that has ended no longer counts', async t => {
    await created(client, paths.pods, podOf('ended', { image: target.image, command: 'true' }))
    await becomes(client, `${paths.pods}/ended`, pod => at(pod, 'status', 'phase') === 'Succeeded')
    await becomes(client, quota, object => at(object, 'status', 'used', 'pods') === '0')
    t.equal((await client.call('GET', `${paths.pods}/ended`)).status, 200, 'though it is still there')
  })

  await t.test('other kinds are counted as well', async t => {
    const used = Number(at(await got(client, quota), 'status', 'used', 'configmaps'))
    await set({ configmaps: String(used + 1) })
    await created(client, paths.configMaps, configMap('last'))
    refused(t, await client.call('POST', paths.configMaps, { body: configMap('extra') }), {
      code: 403,
      reason: 'Forbidden',
      message: `configmaps "extra" is forbidden: exceeded quota: ${namespace}, requested: configmaps=1, used: configmaps=${used + 1}, limited: configmaps=${used + 1}`,
    })
    t.equal(
      (
        await client.call('PATCH', `${paths.configMaps}/last`, {
          body: { data: { a: 'b' } },
          type: 'application/merge-patch+json',
        })
      ).status,
      200,
      'a change needs no room',
    )
  })

  await t.test('a container without limits gets the defaults', async t => {
    await created(client, paths.pods, podOf('plain', idle))
    const pod = await got(client, `${paths.pods}/plain`)
    t.strictSame(at(pod, 'spec', 'containers', 0, 'resources'), {
      limits: { cpu: '500m', memory: '512Mi' },
      requests: { cpu: '150m', memory: '256Mi' },
    })
    await created(client, paths.pods, podOf('half', sized({ memory: '1Gi' }, {})))
    t.strictSame(at(await got(client, `${paths.pods}/half`), 'spec', 'containers', 0, 'resources'), {
      limits: { cpu: '500m', memory: '1Gi' },
      requests: { cpu: '150m', memory: '1Gi' },
    })
    for (const name of ['plain', 'half']) await client.call('DELETE', `${paths.pods}/${name}?gracePeriodSeconds=0`)
  })

  await t.test('a container beyond the limits is refused, all reasons at once', async t => {
    const refusal = { code: 403, reason: 'Forbidden' }
    const post = (limits: object, requests?: object) =>
      client.call('POST', paths.pods, { body: podOf('p', sized(limits, requests)) })
    refused(t, await post({ cpu: '2', memory: '512Mi' }, { cpu: '100m', memory: '512Mi' }), {
      ...refusal,
      message: 'pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    })
    const cpu = 'maximum cpu usage per Container is 1, but limit is 2'
    const memory = 'maximum memory usage per Container is 4Gi, but limit is 5Gi'
    refused(t, await post({ cpu: '2', memory: '5Gi' }), {
      ...refusal,
      // A real one goes through its limits in any order.
      message: new RegExp(`^pods "p" is forbidden: \\[(${cpu}, ${memory}|${memory}, ${cpu})\\]$`),
    })
    refused(t, await post({ cpu: '100m', memory: '50Mi' }), {
      ...refusal,
      message: 'pods "p" is forbidden: minimum memory usage per Container is 100Mi, but request is 50Mi',
    })
  })

  await t.test('a job takes what its pod would be refused for, and an event says why nothing runs', async t => {
    const options = sized({ cpu: '2', memory: '512Mi' }, { cpu: '100m', memory: '512Mi' })
    await created(client, paths.jobs, jobOf('hopeless', options))
    const selector = encodeURIComponent('involvedObject.kind=Job,involvedObject.name=hopeless,reason=FailedCreate')
    const event = await waitUntil(
      'the event',
      async () => listAt(await got(client, `${paths.events}?fieldSelector=${selector}`), 'items')[0],
    )
    t.equal(at(event, 'type'), 'Warning')
    t.match(
      textAt(event, 'message'),
      /^Error creating: pods "hopeless-[a-z0-9]{5}" is forbidden: maximum cpu usage per Container is 1, but limit is 2$/,
    )
    t.equal(at(await got(client, `${paths.jobs}/hopeless`), 'status', 'active'), undefined)
    await client.call('DELETE', `${paths.jobs}/hopeless?propagationPolicy=Background`)
    t.ok(await goes(client, `${paths.jobs}/hopeless`))
  })
}
