import t from 'tap'
import type { ToolCluster } from '../../../src/kube/cluster.ts'
import type { WatchEvent } from '../../../src/kube/parse.ts'
import { reflect, type Sink } from '../../../src/kube/reflector.ts'
import { Expired } from '../../../src/kube/status.ts'

type Step =
  | { list: string; version: string }
  | { watch: WatchEvent<'jobs'>[]; from: string; error?: Error }
  | { error: Error }

const job = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } })

/** A control plane that answers by a script, and says what was asked against it. */
function scripted(steps: Step[], done: AbortController) {
  const asked: string[] = []
  const next = (): Step => {
    const step = steps.shift()
    if (step !== undefined) return step
    done.abort()
    throw new Error('the script is at its end')
  }
  const cluster = {
    async list() {
      asked.push('list')
      const step = next()
      if ('error' in step && step.error !== undefined) throw step.error
      if (!('list' in step)) throw new Error('not expected: a list')
      return { items: [job(step.list, step.version)], resourceVersion: step.version }
    },
    async *watch(_kind: string, { resourceVersion }: { resourceVersion: string }) {
      asked.push(`watch ${resourceVersion}`)
      const step = next()
      if (!('watch' in step)) throw new Error('not expected: a watch')
      if (step.from !== resourceVersion) throw new Error(`not expected: from ${resourceVersion}`)
      yield* step.watch
      if (step.error !== undefined) throw step.error
    },
  }
  return { asked, cluster: cluster as unknown as Pick<ToolCluster, 'list' | 'watch'> }
}

async function told(steps: Step[]) {
  const done = new AbortController()
  const { asked, cluster } = scripted(steps, done)
  const seen: string[] = []
  const slept: number[] = []
  const sink: Sink<'jobs'> = {
    replace: (items, version) => seen.push(`all ${items.map(item => item.metadata?.name)} at ${version}`),
    event: event =>
      seen.push(
        event.type === 'BOOKMARK' ? `at ${event.resourceVersion}` : `${event.type} ${event.object.metadata?.name}`,
      ),
    lost: error => seen.push(`lost: ${error instanceof Error ? error.message : error}`),
  }
  const clock = {
    now: () => 0,
    async sleep(milliseconds: number, signal?: AbortSignal) {
      slept.push(milliseconds)
      signal?.throwIfAborted()
    },
  }
  await reflect(cluster, { kind: 'jobs', sink, signal: done.signal, clock, random: () => 1 })
  return { asked, seen, slept }
}

t.test('all objects first, then each change; a watch that ends goes on from the last version', async t => {
  const { asked, seen, slept } = await told([
    { list: 'a', version: '5' },
    {
      from: '5',
      watch: [
        { type: 'ADDED', object: job('b', '6') },
        { type: 'BOOKMARK', resourceVersion: '9' },
      ],
    },
    { from: '9', watch: [{ type: 'DELETED', object: job('b', '11') }] },
    { from: '11', watch: [{ type: 'MODIFIED', object: job('a', '12') }] },
  ])
  t.same(seen, ['all a at 5', 'ADDED b', 'at 9', 'DELETED b', 'MODIFIED a'])
  t.same(asked, ['list', 'watch 5', 'watch 9', 'watch 11', 'watch 12'])
  t.same(slept, [], 'without a pause as long as it works')
})

t.test('a version that is gone means a new list, and is no loss', async t => {
  const { asked, seen } = await told([
    { list: 'a', version: '5' },
    { from: '5', watch: [], error: new Expired() },
    { list: 'b', version: '50' },
  ])
  t.same(asked, ['list', 'watch 5', 'list', 'watch 50'])
  t.same(seen, ['all a at 5', 'all b at 50'])
})

t.test('a loss is told, and followed by pauses that grow, until something comes', async t => {
  const gone = new Error('gone')
  const { seen, slept } = await told([
    { error: gone },
    { error: gone },
    { list: 'a', version: '5' },
    { from: '5', watch: [], error: gone },
    { list: 'a', version: '6' },
    { from: '6', watch: [{ type: 'ADDED', object: job('b', '7') }], error: gone },
    { list: 'a', version: '8' },
  ])
  t.same(seen, [
    'lost: gone',
    'lost: gone',
    'all a at 5',
    'lost: gone',
    'all a at 6',
    'ADDED b',
    'lost: gone',
    'all a at 8',
  ])
  t.same(slept.slice(0, 2), [500, 1000])
  t.ok((slept[2] ?? 0) > 1000, 'a list alone is no success')
  t.equal(slept[3], 500, 'an event is')
})

t.test('a server that ends every watch at once is not asked without a pause', async t => {
  const steps: Step[] = [
    { list: 'a', version: '5' },
    ...Array.from({ length: 4 }, (): Step => ({ from: '5', watch: [] })),
  ]
  const { asked, slept } = await told(steps)
  t.equal(asked.length, 6)
  t.same(slept, [500, 1000, 2000, 4000])
})

t.test('a watch that went well for a while begins the count of failures anew, however it ended', async t => {
  const done = new AbortController()
  const slept: number[] = []
  let now = 0
  const cluster: Pick<ToolCluster, 'list' | 'watch'> = {
    list: async () => ({ items: [], resourceVersion: '5' }),
    // biome-ignore lint/correctness/useYield: nothing happens in the cluster.
    async *watch(_, { onBegun }) {
      onBegun?.()
      now += 1000
      throw new Error('cut off')
    },
  }
  const clock = {
    now: () => now,
    async sleep(milliseconds: number) {
      slept.push(milliseconds)
      if (slept.length === 3) done.abort()
    },
  }
  const sink: Sink<'jobs'> = { replace: () => {}, event: () => {}, lost: () => {} }
  await reflect(cluster, { kind: 'jobs', sink, signal: done.signal, clock, random: () => 1 })
  t.same(slept, [500, 500, 500])
})
