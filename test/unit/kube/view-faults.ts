import fc from 'fast-check'
import t from 'tap'
import type { ToolCluster } from '../../../src/kube/cluster.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { jobNamed, jobPath, namesOf, startViews } from '../../support/view-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

const mergePatch = 'application/merge-patch+json'
const jobsOf = async (cluster: ToolCluster) => namesOf((await cluster.list('jobs')).items)
const make = (admin: RawClient, name: string) => admin.call('POST', jobPath(), { body: jobNamed(name) })
const lookAt = (cluster: ToolCluster, signal = new AbortController().signal) =>
  cluster.changes(['jobs'], { signal })[Symbol.asyncIterator]()

/** Whether all is answered from memory, without a call. */
async function isFromMemory(views: { numbers(): { fromMemory: number; asked: number } }, cluster: ToolCluster) {
  const before = views.numbers()
  await cluster.list('jobs')
  const after = views.numbers()
  return after.fromMemory === before.fromMemory + 1 && after.asked === before.asked
}

t.test('connections that are reset leave no gap', async t => {
  const { views, newTool, admin, proxy } = await startViews(t, { plane: { ping_ms: 200 } })
  const cluster = views.of(await newTool())
  const stop = new AbortController()
  const look = lookAt(cluster, stop.signal)
  await look.next()
  for (const name of ['a', 'b', 'c']) {
    proxy.reset()
    await make(admin, name)
    while (!(await jobsOf(cluster)).includes(name)) await look.next()
  }
  t.same(await jobsOf(cluster), ['a', 'b', 'c'])
  t.equal(views.size(), 1)
  t.ok(views.numbers().relists > 0)
  stop.abort()
  await look.next()
})

t.test('a connection that is silent is noticed; memory is not used meanwhile, and made good afterwards', async t => {
  const { views, newTool, admin, proxy } = await startViews(t, {
    views: { behind_s: 2.5, lease_s: 60 },
    // Ten pings without an answer end a connection by themselves.
    plane: { ping_ms: 1000, timeout_ms: 1500 },
  })
  const cluster = views.of(await newTool())
  await make(admin, 'a')
  const look = lookAt(cluster)
  await look.next()
  t.same(await jobsOf(cluster), ['a'])
  proxy.swallow()
  await make(admin, 'b')
  t.same(await jobsOf(cluster), ['a'], 'for a moment it is good enough')
  await waitUntil('a refusal', () =>
    cluster.list('jobs').then(
      () => false,
      () => true,
    ),
  )
  await t.rejects(cluster.list('jobs'), { code: 'unavailable' })
  t.ok(views.numbers().behind > 0)
  await waitUntil('another connection', () => proxy.made > 1, 7)
  proxy.pass()
  await look.next()
  t.same(await jobsOf(cluster), ['a', 'b'])
  t.equal(await isFromMemory(views, cluster), true)
})

t.test(
  'a tool whose rights are taken away sees nothing more within the lease, and those who look are sent away',
  async t => {
    const { views, newTool, admin } = await startViews(t, { views: { lease_s: 0.5 } })
    const cluster = views.of(await newTool())
    await cluster.create('jobs', jobNamed('one'))
    const look = lookAt(cluster)
    await look.next()
    const ended = t.rejects(look.next(), { code: 'not_allowed' })
    await admin.call('DELETE', '/apis/rbac.authorization.k8s.io/v1/namespaces/tool-a/rolebindings/toolforge-tool')
    await ended
    t.equal(views.size(), 0)
    await t.rejects(cluster.list('jobs'), { code: 'not_allowed' })
    await t.rejects(cluster.get('jobs', 'one'), { code: 'not_allowed' })
    t.equal(cluster.generation, undefined)
    t.equal(views.size(), 0, 'no view is kept for it')
  },
)

t.test('without anybody who looks, the next read after the lease asks, once for all', async t => {
  const { views, newTool, admin } = await startViews(t, { views: { lease_s: 0.5 } })
  const cluster = views.of(await newTool())
  await cluster.list('jobs')
  await waitUntil('all kinds', () => cluster.generation !== undefined)
  await waitUntil('the end of the lease', () => cluster.generation === undefined)
  const before = views.numbers().leaseChecks
  await Promise.all(Array.from({ length: 20 }, () => cluster.list('jobs')))
  t.equal(views.numbers().leaseChecks, before + 1)
  await admin.call('DELETE', '/apis/rbac.authorization.k8s.io/v1/namespaces/tool-a/rolebindings/toolforge-tool')
  await waitUntil('a refusal', () =>
    cluster.list('jobs').then(
      () => false,
      ({ code }) => code === 'not_allowed',
    ),
  )
  t.equal(views.size(), 0)
})

t.test('when nobody says whether the tool may, it is told so', async t => {
  const { views, newTool, proxy } = await startViews(t, { views: { lease_s: 0.3 }, plane: { timeout_ms: 500 } })
  const cluster = views.of(await newTool())
  await cluster.list('jobs')
  proxy.swallow()
  await waitUntil('a refusal', () =>
    cluster.list('jobs').then(
      () => false,
      () => true,
    ),
  )
  await t.rejects(cluster.list('jobs'), { code: 'unavailable' })
  t.equal(views.size(), 1, 'which is no reason to forget')
})

t.test('a cluster that cannot be reached at first is tried again', async t => {
  const { views, newTool, proxy } = await startViews(t, { plane: { timeout_ms: 500 } })
  const cluster = views.of(await newTool())
  proxy.swallow()
  await t.rejects(cluster.list('jobs'), { code: 'unavailable' })
  proxy.reset()
  proxy.pass()
  await waitUntil('memory', () => isFromMemory(views, cluster).catch(() => false))
  t.pass()
})

/** What may happen; the names are few, so that things meet. */
const name = fc.constantFrom('a', 'b', 'c')
const happening = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('patch' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removeAll' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('made elsewhere' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removed elsewhere' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), name }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer H> ? H : never

interface Written {
  metadata?: { uid?: string; resourceVersion?: string }
}

/** What is shown must be what was written, or what the cluster itself made of it since. */
function expect(what: string, shown: Written | undefined, written: Written | undefined): void {
  const isSame = shown?.metadata?.uid === written?.metadata?.uid
  const isOld = BigInt(shown?.metadata?.resourceVersion ?? 0) < BigInt(written?.metadata?.resourceVersion ?? 0)
  if (!isSame || isOld)
    throw new Error(`${what} is ${JSON.stringify(shown?.metadata)} after ${JSON.stringify(written?.metadata)}`)
}

t.test('whatever happens, a read is not older than the own last write, and "there is none" is true', async t => {
  const world = await startViews(t, { sandbox: { watch_history: 50 } })
  const cluster = world.views.of(await world.newTool())
  const { admin, proxy } = world
  /** The names that there are. */
  const truth = new Set<string>()
  /** What of it this process wrote itself, and nobody changed since but the cluster; undefined for what it removed. */
  const own = new Map<string, Written | undefined>()
  let labels = 0
  const labelled = (name: string) => jobNamed(name, { labels: { name } })

  /** Of a write that failed it is not known whether it was done: the truth is then looked at by another way. */
  const lookAfter = async (name: string): Promise<void> => {
    const { status } = await admin.call('GET', jobPath(name))
    own.delete(name)
    if (status === 404) truth.delete(name)
    else truth.add(name)
  }
  const set = (name: string, is: Written | undefined): void => {
    if (is === undefined) truth.delete(name)
    else truth.add(name)
    own.set(name, is)
  }
  const happen: Record<Happening['do'], (name: string) => Promise<void>> = {
    create: async name => set(name, await cluster.create('jobs', labelled(name))),
    patch: async name => {
      const patch = { metadata: { annotations: { label: `${++labels}` } } }
      set(name, await cluster.patch('jobs', name, { patch }))
    },
    remove: async name => {
      // Where there was none, nothing was written.
      if ((await cluster.remove('jobs', name)) !== 'absent') set(name, undefined)
      else await lookAfter(name)
    },
    removeAll: async name => {
      await cluster.removeAll('jobs', { name })
      if (truth.has(name)) set(name, undefined)
    },
    'made elsewhere': async name => {
      const body = { metadata: { annotations: { label: `${++labels}` } } }
      const patched = await admin.call('PATCH', jobPath(name), { body, type: mergePatch })
      if (patched.status === 404) await admin.call('POST', jobPath(), { body: labelled(name) })
      await lookAfter(name)
    },
    'removed elsewhere': async name => {
      await admin.call('DELETE', jobPath(name), { body: { propagationPolicy: 'Background' } })
      await lookAfter(name)
    },
    cut: async () => proxy.reset(),
    read: async () => {},
  }

  const check = async (): Promise<void> => {
    const { items } = await cluster.list('jobs')
    for (const [name, is] of own) {
      expect(
        `${name} in a list`,
        items.find(({ metadata }) => metadata?.name === name),
        is,
      )
      expect(`${name} by itself`, await cluster.get('jobs', name), is)
    }
    for (const name of truth)
      if ((await cluster.get('jobs', name)) === undefined) throw new Error(`${name} is there, and was not found`)
  }
  const reachable = (work: () => Promise<void>): Promise<void> =>
    work().catch(error => {
      if (error.code !== 'unavailable') throw error
    })

  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 12 }), async happenings => {
      for (const { do: what, name } of happenings) {
        await happen[what](name).catch(() => lookAfter(name))
        await reachable(check)
      }
    }),
    { numRuns: 12, endOnFailure: true },
  )
  const { fromMemory } = world.views.numbers()
  t.ok(fromMemory > 50, 'mostly from memory')
})
