import type { KubeJob } from '../../../src/jobs/wire.ts'
import { createToolCluster, type ToolCluster } from '../../../src/kube/cluster.ts'
import type { KubeConfigMap } from '../../../src/kube/kinds.ts'
import { createPlatformCluster } from '../../../src/kube/platform-cluster.ts'
import { reflect } from '../../../src/kube/reflector.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { configMap, jobOf, roomyTool } from './kit.ts'
import type { Suite, Target, TargetTool } from './target.ts'

const clusterOf = ({ endpoint }: Target, { name, keys }: TargetTool): ToolCluster =>
  createToolCluster({ server: endpoint.url, ca: endpoint.ca, timeout_ms: 20_000 }, { tool: name, ...keys })

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const mapNamed = (name: string, data: Record<string, string> = {}): KubeConfigMap => ({ metadata: { name }, data })

const nameOf = (object: { metadata?: { name?: string } }): string => object.metadata?.name ?? ''

/** What the API's own client makes of the answers. */
export const ownClient: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const cluster = clusterOf(target, tool)
  t.teardown(() => cluster.close())
  const jobNamed = (name: string, command: string, labels?: Record<string, string>): KubeJob =>
    jobOf(name, { image: target.image, command, ...(labels && { labels }) })

  await t.test('a job is made, found, watched to its end, read, and removed', async t => {
    const { resourceVersion } = await cluster.list('jobs')
    const made = await cluster.create('jobs', jobNamed('one', 'echo first; echo ä; printf last', { kind: 'x' }))
    const uid = made.metadata?.uid ?? ''
    t.ok(uid)
    t.same((await cluster.list('jobs', { labels: { kind: 'x' } })).items.map(nameOf), ['one'])
    t.same((await cluster.list('jobs', { labels: { kind: 'y' } })).items, [])
    t.equal((await cluster.get('jobs', 'one'))?.metadata?.uid, uid)
    const stop = new AbortController()
    const types: string[] = []
    for await (const event of cluster.watch('jobs', { resourceVersion, signal: stop.signal })) {
      types.push(event.type)
      if (event.type !== 'BOOKMARK' && (event.object.status?.succeeded ?? 0) > 0) break
    }
    t.equal(types[0], 'ADDED')
    const pods = await cluster.list('pods', { labels: { 'batch.kubernetes.io/job-name': 'one' } })
    const pod = nameOf(pods.items[0] ?? {})
    t.same(await collect(cluster.podLog(pod, { container: 'job' })), ['first', 'ä', 'last'])
    t.same(await collect(cluster.podLog(pod, { container: 'job', tailLines: 1 })), ['last'])
    const events = await cluster.list('events', { fields: { 'involvedObject.uid': uid } })
    t.ok(events.items.length > 0)
    t.equal(await cluster.remove('jobs', 'one', { uid: '00000000-0000-0000-0000-000000000000' }), 'absent')
    t.equal(await cluster.remove('jobs', 'one', { uid }), 'gone')
    await waitUntil('its end', async () => (await cluster.get('jobs', 'one')) === undefined)
    t.equal(await cluster.remove('jobs', 'one'), 'absent')
    t.equal(cluster.active, 0)
  })

  await t.test('a log is followed as it is written', async t => {
    await cluster.create('jobs', jobNamed('talks', 'echo begin; sleep 2; echo end'))
    const pod = await waitUntil('its pod', async () => {
      const { items } = await cluster.list('pods', { labels: { 'batch.kubernetes.io/job-name': 'talks' } })
      return items.find(({ status }) => status?.phase === 'Running' || status?.phase === 'Succeeded')
    })
    t.same(await collect(cluster.podLog(nameOf(pod), { container: 'job', follow: true })), ['begin', 'end'])
    await t.rejects(collect(cluster.podLog('nobody', { container: 'job' })), { code: 'not_found' })
  })

  await t.test('a pod that cannot start has no log yet', async t => {
    await cluster.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'waits' },
      spec: { containers: [{ name: 'job', image: 'localhost/there-is-no-such-image:1' }], restartPolicy: 'Never' },
    })
    await waitUntil('its container', async () => {
      const pod = await cluster.get('pods', 'waits')
      return pod?.status?.containerStatuses?.[0]?.state?.waiting !== undefined
    })
    await t.rejects(collect(cluster.podLog('waits', { container: 'job' })), { code: 'not_found' })
  })

  await t.test('refusals mean what they say', async t => {
    await cluster.create('jobs', jobNamed('twice', 'sleep 600'))
    await t.rejects(cluster.create('jobs', jobNamed('twice', 'true')), {
      code: 'exists',
      message: 'The job "twice" exists already',
    })
    const broken: KubeJob = jobOf('broken', { image: target.image, command: 'true', job: { backoffLimit: -1 } })
    const negative = /spec\.backoffLimit: .*greater than or equal to 0/
    await t.rejects(cluster.create('jobs', broken), { code: 'bad_request', message: negative })
    await t.rejects(cluster.create('jobs', jobNamed('Big', 'true')), { code: 'bad_request', message: /metadata\.name/ })
    await t.rejects(cluster.create('configmaps', mapNamed('huge', { x: 'x'.repeat(4_000_000) })), { code: 'too_large' })
    await t.rejects(cluster.create('namespaces', { metadata: { name: 'mine' } }), { code: 'not_allowed' })
    await t.rejects(cluster.list('jobs', { namespace: 'kube-system' }), { code: 'not_allowed' })
    t.same(await cluster.create('jobs', jobNamed('tried', 'true'), { dryRun: true }).then(nameOf), 'tried')
    t.equal(await cluster.get('jobs', 'tried'), undefined)
  })

  await t.test('a quota that is used up is told in numbers', async t => {
    const small = clusterOf(target, await target.newTool())
    t.teardown(() => small.close())
    const { items } = await small.list('resourcequotas')
    const most = Number(items[0]?.spec?.hard?.['count/jobs.batch'])
    const idle = (name: string): KubeJob =>
      jobOf(name, { image: target.image, command: 'true', job: { suspend: true }, labels: { kind: 'fill' } })
    for (let i = 0; i < most; i++) await small.create('jobs', idle(`fill-${i}`))
    const used = new RegExp(`count/jobs\\.batch: requested 1, used ${most} of ${most}`)
    await t.rejects(small.create('jobs', idle('more')), { code: 'quota', message: used })
    await small.removeAll('jobs', { kind: 'other' })
    t.equal((await small.list('jobs')).items.length, most)
    await small.removeAll('jobs', { kind: 'fill' })
    await waitUntil('their end', async () => (await small.list('jobs')).items.length === 0)
  })

  await t.test('what may be done is asked for the namespace of the tool', async t => {
    t.equal(await cluster.mayI({ verb: 'list', resource: 'jobs', group: 'batch' }), true)
    t.equal(await cluster.mayI({ verb: 'create', resource: 'namespaces' }), false)
    const stranger = await target.authority.issue({
      subject: [{ O: ['toolforge'] }, { CN: ['nobody-knows'] }],
      usages: ['clientAuth'],
      notBefore: Date.now() - 3_600_000,
      notAfter: Date.now() + 3_600_000,
    })
    const other = clusterOf(target, { ...tool, keys: stranger })
    t.teardown(() => other.close())
    t.equal(await other.mayI({ verb: 'list', resource: 'jobs', group: 'batch' }), false)
    await t.rejects(other.list('jobs'), { code: 'not_allowed' })
  })

  await t.test('many calls share a connection with watches, whatever comes between', async t => {
    const stop = new AbortController()
    t.teardown(() => stop.abort())
    const kinds = ['jobs', 'pods', 'events', 'configmaps'] as const
    const seen = new Map<string, Set<string>>()
    for (const kind of kinds) {
      const names = new Set<string>()
      seen.set(kind, names)
      void reflect(cluster, {
        kind,
        signal: stop.signal,
        clock: systemClock,
        sink: {
          replace(items) {
            for (const item of items) names.add(nameOf(item))
          },
          event(event) {
            if (event.type === 'ADDED') names.add(nameOf(event.object))
          },
          lost: error => t.fail(`${kind}: ${error}`),
        },
      })
    }
    await Promise.all(Array.from({ length: 20 }, (_, i) => cluster.create('configmaps', mapNamed(`m-${i}`))))
    await waitUntil('all to be seen', () =>
      Array.from({ length: 20 }, (_, i) => `m-${i}`).every(name => seen.get('configmaps')?.has(name)),
    )
    t.equal(cluster.active, kinds.length)
    stop.abort()
    await waitUntil('the end of the watches', () => cluster.active === 0)
  })

  await t.test('a list of many pages is whole', async t => {
    const names = Array.from({ length: 300 }, (_, i) => `page-${String(i).padStart(3, '0')}`)
    for (const name of names)
      await target.admin.call('POST', `/api/v1/namespaces/${tool.namespace}/configmaps`, {
        body: configMap(name, { metadata: { labels: { page: 'yes' } } }),
      })
    t.same((await cluster.list('configmaps', { labels: { page: 'yes' } })).items.map(nameOf), names)
  })

  await t.test('an outline has what a list has, as far as names and versions', async t => {
    const plane = { server: target.endpoint.url, ca: target.endpoint.ca, timeout_ms: 20_000 }
    const { everywhere, close } = createPlatformCluster(plane, tool.keys, { clock: systemClock })
    t.teardown(close)
    const { namespace } = tool
    for (const kind of ['configmaps', 'resourcequotas', 'events'] as const) {
      const { items } = await cluster.list(kind)
      const outlines = await everywhere.outline(kind, { namespace })
      const versions = items.map(({ metadata }) => [metadata?.namespace, metadata?.name, metadata?.resourceVersion])
      const found = outlines.map(({ namespace, name, version }) => [namespace, name, version])
      if (kind !== 'events') t.same(found, versions, kind)
      t.ok(found.length > 0, kind)
    }
    const some = await everywhere.outline('configmaps', { namespace, labels: { page: 'yes' } })
    t.equal(some.length, 300)
    t.same(await everywhere.outline('configmaps', { namespace, labels: { page: 'no' } }), [])
    await t.rejects(everywhere.outline('namespaces'), { code: 'not_allowed', message: /forbidden/ })
  })

  await t.test('a version that is gone is told as such', async t => {
    const { resourceVersion } = await cluster.list('events')
    await target.forgetHistory()
    const { signal } = new AbortController()
    await t.rejects(collect(cluster.watch('events', { resourceVersion, signal })), { name: 'Expired' })
  })
}
