import t from 'tap'
import { DomainError } from '../../../src/contract/errors.ts'
import type { KubeConfigMap } from '../../../src/kube/kinds.ts'
import type { PlatformCluster } from '../../../src/kube/platform-cluster.ts'
import { createRecall, keyOf, type Rules } from '../../../src/kubeusers/recall.ts'

/** Objects of one kind, and how often each way to read them was gone. */
function world(count: number) {
  const objects = new Map<string, KubeConfigMap>()
  const calls = { list: 0, outline: 0, get: 0 }
  const put = (name: string, text = 'x'): void => {
    const version = Number(objects.get(name)?.metadata?.resourceVersion ?? 0) + 1
    objects.set(name, { metadata: { namespace: 'n', name, resourceVersion: String(version) }, data: { text } })
  }
  for (let at = 0; at < count; at++) put(`m-${at}`)
  let failure: Error | undefined
  const answer = async <T>(way: keyof typeof calls, value: T): Promise<T> => {
    calls[way]++
    if (failure !== undefined) throw failure
    return value
  }
  const everywhere = {
    list: () => answer('list', { items: [...objects.values()], resourceVersion: '1' }),
    outline: () =>
      answer(
        'outline',
        [...objects.values()].map(({ metadata: { namespace = '', name = '', resourceVersion = '' } = {} }) => ({
          namespace,
          name,
          version: resourceVersion,
        })),
      ),
  }
  const within = () => ({ get: (_kind: string, name: string) => answer('get', objects.get(name)) })
  // Only what is asked of it is there.
  const cluster = { everywhere, in: within } as unknown as PlatformCluster
  const recall = createRecall<'configmaps', string>('configmaps')
  const judged: string[] = []
  const usual: Rules<'configmaps', string> = {
    judge({ metadata, data }) {
      judged.push(metadata?.name ?? '')
      return data?.['text'] ?? ''
    },
    holds: () => true,
  }
  const { signal } = new AbortController()
  return {
    put,
    remove: (name: string) => objects.delete(name),
    fail: (error: Error | undefined) => {
      failure = error
    },
    /** A look, and which ways it went, and what was judged in it. */
    async look(rules: Partial<typeof usual> = {}, between: () => void = () => {}) {
      const before = { ...calls }
      judged.length = 0
      const seen = await recall.look(cluster, signal)
      between()
      const verdicts = await recall.judge(seen, { ...usual, ...rules }, { cluster, signal })
      const { list, outline, get } = calls
      const ways = [list - before.list, outline - before.outline, get - before.get]
      return { verdicts, ways, judged: [...judged] }
    },
  }
}
const at = (name: string): string => keyOf({ namespace: 'n', name })

t.test('all are read once, and then only what has changed', async t => {
  const { look, put, remove } = world(50)
  t.match(await look(), { ways: [1, 0, 0], judged: { length: 50 } })
  const known = await look()
  t.match(known, { ways: [1, 0, 0], judged: [] }, 'the same versions')
  t.equal(known.verdicts.size, 50)
  t.match(await look(), { ways: [0, 1, 0], judged: [] })
  put('m-3', 'y')
  put('new', 'z')
  remove('m-4')
  const changed = await look()
  t.match(changed, { ways: [0, 1, 2], judged: { length: 2 } })
  t.strictSame(
    [changed.verdicts.get(at('m-3')), changed.verdicts.get(at('new')), changed.verdicts.size],
    ['y', 'z', 50],
  )
  t.notOk(changed.verdicts.has(at('m-4')))
  t.match(await look(), { ways: [0, 1, 0], judged: [] })
})

t.test('where much changes, lists are read whole until it is quiet again', async t => {
  const { look, put } = world(50)
  await look()
  await look()
  for (let at = 0; at < 6; at++) put(`m-${at}`, 'y')
  const changed = await look()
  t.match(changed, { ways: [1, 1, 0], judged: { length: 6 } })
  t.equal(changed.verdicts.get(at('m-5')), 'y')
  for (let at = 0; at < 6; at++) put(`m-${at}`, 'z')
  t.match(await look(), { ways: [1, 0, 0], judged: { length: 6 } })
  t.match(await look(), { ways: [1, 0, 0], judged: [] })
  t.match(await look(), { ways: [0, 1, 0], judged: [] })
})

t.test('a verdict that does not hold any more is made again, of an object that is as it was', async t => {
  const { look } = world(50)
  await look()
  await look()
  t.match(await look({ holds: () => false }), { ways: [1, 1, 0], judged: { length: 50 } })
  t.match(await look(), { ways: [1, 0, 0], judged: [] })
  let misses = 2
  t.match(await look({ holds: () => misses-- <= 0 }), { ways: [0, 1, 2], judged: { length: 2 } })
})

t.test('what goes between the look and the reading is not there', async t => {
  const { look, put, remove } = world(3)
  await look()
  put('m-1', 'y')
  await look()
  put('m-1', 'z')
  const { verdicts } = await look({}, () => remove('m-1'))
  t.strictSame([...verdicts.keys()], [at('m-0'), at('m-2')])
})

t.test('what could not be read changes nothing of what is known', async t => {
  const { look, put, fail } = world(3)
  await look()
  await look()
  put('m-1', 'y')
  fail(new DomainError('unavailable', 'x'))
  await t.rejects(look(), { code: 'unavailable' })
  fail(undefined)
  await t.rejects(
    look({}, () => fail(new DomainError('unavailable', 'x'))),
    { code: 'unavailable' },
  )
  fail(undefined)
  const after = await look()
  t.strictSame([...after.verdicts.values()], ['x', 'y', 'x'])
  t.strictSame(after.judged, ['m-1'])
})
