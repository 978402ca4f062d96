import fc from 'fast-check'
import t from 'tap'
import type { KubeJob } from '../../../src/jobs/wire.ts'
import { createMemory, type Memory } from '../../../src/kube/memory.ts'
import type { WatchEvent } from '../../../src/kube/parse.ts'

type Change = Exclude<WatchEvent<'jobs'>, { type: 'BOOKMARK' }>

const job = (name: string, version: number, more: NonNullable<KubeJob['metadata']> = {}): KubeJob => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: String(version), ...more },
})
const event = (type: Change['type'], object: KubeJob): Change => ({ type, object })
const everything = () => true
const shown = (memory: Memory<'jobs'>): string[] =>
  memory.list(everything).map(({ metadata }) => `${metadata?.name}@${metadata?.resourceVersion}`)

function world(most?: number) {
  let time = 0
  let changes = 0
  const memory = createMemory('jobs', {
    now: () => time,
    changed: () => void changes++,
    ...(most === undefined ? {} : { most }),
  })
  return {
    memory,
    pass(milliseconds: number) {
      time += milliseconds
    },
    /** How many changes since it was last asked. */
    changes() {
      const count = changes
      changes = 0
      return count
    },
  }
}

t.test('what the watch tells is shown, in the order of names', async t => {
  const { memory, changes } = world()
  memory.replace([job('b', 3), job('a', 2)], '5')
  t.same(shown(memory), ['a@2', 'b@3'])
  t.ok(changes() > 0)
  memory.event(event('ADDED', job('c', 6)))
  memory.event(event('MODIFIED', job('a', 7)))
  memory.event(event('DELETED', job('b', 8)))
  t.same(shown(memory), ['a@7', 'c@6'])
  t.ok(changes() >= 3)
  memory.event({ type: 'BOOKMARK', resourceVersion: '20' })
  t.equal(memory.resourceVersion, '20')
  memory.replace([job('a', 7), job('c', 6)], '21')
  t.equal(changes(), 0, 'the same again is no change')
})

t.test('what did not change stays the same object, through events and lists', async t => {
  const { memory } = world()
  memory.replace([job('a', 2), job('b', 3)], '5')
  const [a, b] = memory.list(everything)
  memory.replace([job('a', 2), job('b', 6)], '7')
  t.equal(memory.get('a'), a)
  t.not(memory.get('b'), b)
  memory.learn(job('c', 9))
  const c = memory.get('c')
  memory.event(event('ADDED', job('c', 9)))
  t.equal(memory.get('c'), c)
})

t.test('what was learned is not changed by who gave it, and is forgotten when the watch knows better', async t => {
  const { memory } = world()
  memory.replace([job('a', 2)], '5')
  const made = job('b', 8, { labels: { a: 'b' } })
  memory.learn(made)
  Object.assign(made.metadata?.labels ?? {}, { a: 'c' })
  t.equal(memory.get('b')?.metadata?.labels?.['a'], 'b')
  memory.event(event('MODIFIED', job('a', 6)))
  t.same(shown(memory), ['a@6', 'b@8'])
  memory.event(event('ADDED', job('b', 8)))
  memory.event(event('DELETED', job('b', 9)))
  t.same(shown(memory), ['a@6'])
  memory.learn(job('b', 8))
  t.same(shown(memory), ['a@6'], 'an answer that comes late brings nothing back')
})

t.test('what was deleted is hidden until the watch knows, even when it comes only then', async t => {
  const { memory } = world()
  memory.replace([job('a', 2)], '5')
  memory.hide('uid-a', 'a')
  memory.hide('uid-b', 'b')
  t.same(shown(memory), [])
  memory.event(event('ADDED', job('b', 6)))
  memory.event(event('MODIFIED', job('a', 7)))
  memory.replace([job('a', 7), job('b', 6)], '8')
  t.same(shown(memory), [])
  memory.learn(job('a', 12, { uid: 'another' }))
  t.same(shown(memory), ['a@12'])
  memory.event(event('DELETED', job('a', 9)))
  memory.event(event('DELETED', job('b', 10)))
  t.same(shown(memory), ['a@12'])
})

t.test('what came first of two answers of one name is asked, where nobody else can tell', async t => {
  const { memory } = world()
  memory.replace([], '5')
  const { turn } = memory
  memory.learn(job('a', 6))
  memory.hide('another', 'a')
  t.match(memory.doubts(), [{ name: 'a', uid: 'uid-a' }], 'made before another one of its name was deleted, or after')
  memory.hide('uid-b', 'b')
  memory.learn(job('b', 7, { uid: 'one before' }), turn)
  t.match(
    memory.doubts(),
    [{ name: 'a' }, { name: 'b', uid: 'one before' }],
    'and so where the answers come the other way round',
  )
  t.equal(memory.get('b'), undefined)
  memory.learn(job('b', 9, { uid: 'next' }), memory.turn)
  t.match(memory.doubts(), [{ name: 'a' }], 'what was asked for after the deletion is younger')
  t.same(shown(memory), ['a@6', 'b@9'])
})

t.test('an object that waits for its end is shown as such', async t => {
  const { memory } = world()
  const ending = { deletionTimestamp: '2026-11-22T10:00:00Z' }
  memory.replace([job('a', 2)], '5')
  memory.hide('uid-a', 'a')
  memory.event(event('MODIFIED', job('a', 7, ending)))
  t.same(shown(memory), ['a@7'])
  memory.hide('uid-a', 'a')
  t.same(shown(memory), ['a@7'], 'and hidden no more')
  memory.replace([job('b', 8)], '9')
  memory.hide('uid-b', 'b')
  memory.learn(job('b', 12, ending))
  t.same(shown(memory), ['b@12'], 'also when an answer says so')
})

t.test('of what never came nothing is remembered for ever', async t => {
  const { memory, pass } = world()
  memory.replace([], '5')
  memory.hide('uid-a', 'a')
  memory.learn(job('b', 900))
  pass(60_000)
  memory.hide('uid-x', 'x')
  memory.event({ type: 'BOOKMARK', resourceVersion: '6' })
  t.same(shown(memory), [], 'a version of a cluster that was put back to an older state')
  memory.event(event('ADDED', job('a', 7)))
  t.same(shown(memory), ['a@7'])
})

t.test('a name that is in doubt is not answered for until it is asked about', async t => {
  const { memory } = world()
  memory.replace([job('a', 2), job('b', 3)], '5')
  memory.doubt('a')
  memory.event(event('MODIFIED', job('a', 6)))
  memory.replace([job('a', 6), job('b', 3)], '7')
  t.equal(memory.get('a'), undefined, 'what a watch tells may have been on its way already')
  t.ok(memory.get('b'))
  memory.learn(job('a', 6))
  t.ok(memory.get('a'))
  t.same(memory.doubts(), [])
  memory.doubt('a')
  memory.event(event('DELETED', job('a', 8)))
  t.same(memory.doubts(), [])
})

t.test('a doubt is settled by what the cluster has said since, and that about what was known then', async t => {
  const { memory } = world()
  memory.replace([job('a', 2), job('b', 3)], '5')
  const doubtAbout = (name: string) => {
    memory.doubt(name)
    const [doubt] = memory.doubts()
    if (doubt === undefined) throw new Error('nothing is in doubt')
    return doubt
  }
  memory.settle(doubtAbout('a'), job('a', 6))
  t.same([shown(memory), memory.doubts()], [['a@6', 'b@3'], []])
  memory.settle(doubtAbout('a'), undefined)
  t.same([shown(memory), memory.doubts()], [['b@3'], []])
  const first = doubtAbout('b')
  const second = doubtAbout('b')
  memory.settle(first, undefined)
  t.same([shown(memory), memory.doubts()], [['b@3'], [second]], 'there is a later one')
  memory.settle(second, job('b', 3))
  const old = doubtAbout('b')
  memory.event(event('ADDED', { metadata: { name: 'b', uid: 'another', resourceVersion: '9' } }))
  memory.settle(old, undefined)
  t.same(shown(memory), ['b@9'], 'another has come since')
  memory.settle(doubtAbout('c'), undefined)
  memory.doubtAll(({ metadata }) => metadata?.name === 'b')
  t.match(memory.doubts(), [{ name: 'b', uid: 'another' }])
})

t.test('a version that is no number is refused, in an answer left aside', async t => {
  const { memory } = world()
  const strange = { metadata: { name: 'a', resourceVersion: 'x1' } }
  t.throws(() => memory.replace([strange], '5'), { name: 'Malformed' })
  t.throws(() => memory.replace([], 'x'), { name: 'Malformed' })
  memory.replace([], '5')
  t.throws(() => memory.event(event('ADDED', { metadata: { name: 'a' } })), { name: 'Malformed' })
  memory.learn(strange)
  t.same(shown(memory), [])
})

t.test('with too many objects none is kept', async t => {
  const { memory } = world(2)
  memory.replace([job('a', 2), job('b', 3)], '5')
  t.equal(memory.isTooLarge, false)
  memory.event(event('ADDED', job('c', 6)))
  t.equal(memory.isTooLarge, true)
  t.same(shown(memory), [])
  memory.event(event('ADDED', job('d', 7)))
  t.same(shown(memory), [])
  memory.replace([job('a', 2)], '8')
  t.equal(memory.isTooLarge, false)
  memory.replace([job('a', 2), job('b', 3), job('c', 6)], '9')
  t.equal(memory.isTooLarge, true)
})

/** A cluster that keeps its whole history, and a memory that learns of it in whatever order the network gives. */
function simulated() {
  const { memory } = world()
  let version = 10
  let uids = 0
  const now = new Map<string, KubeJob>()
  const log: Change[] = []
  /** What each name was from which version on; an object that is ending counts as none. */
  const history = new Map<string, { from: number; is: string }[]>()
  /** The version that this process's own acknowledged writes have come to, by name. */
  const own = new Map<string, number>()
  const answers: (() => void)[] = []
  let delivered = 0
  let list: { items: KubeJob[]; version: number; logged: number } | undefined
  memory.replace([], String(version))

  const stateOf = (object: KubeJob | undefined): string =>
    object === undefined || object.metadata?.deletionTimestamp !== undefined
      ? 'none'
      : `${object.metadata?.resourceVersion}`

  function put(type: Change['type'], object: KubeJob): void {
    const name = object.metadata?.name ?? ''
    if (type === 'DELETED') now.delete(name)
    else now.set(name, object)
    log.push(event(type, object))
    const states = history.get(name) ?? []
    states.push({ from: version, is: stateOf(now.get(name)) })
    history.set(name, states)
  }

  const acknowledge = (name: string, at: number): void => void own.set(name, Math.max(own.get(name) ?? 0, at))

  return {
    write(name: string, isOwn: boolean) {
      const old = now.get(name)
      const at = ++version
      const object = job(name, at, {
        ...old?.metadata,
        uid: old?.metadata?.uid ?? `u${++uids}`,
        resourceVersion: `${at}`,
      })
      put(old === undefined ? 'ADDED' : 'MODIFIED', object)
      if (!isOwn) return
      const { turn } = memory
      answers.push(() => {
        memory.learn(object, turn)
        acknowledge(name, at)
      })
    },
    remove(name: string, isOwn: boolean, waits: boolean) {
      const old = now.get(name)
      if (old === undefined) return
      const at = ++version
      const deletionTimestamp = '2026-11-22T10:00:00Z'
      const wasWaiting = old.metadata?.deletionTimestamp !== undefined
      const last = { metadata: { ...old.metadata, resourceVersion: `${at}` } }
      if (waits && !wasWaiting) put('MODIFIED', { metadata: { ...last.metadata, deletionTimestamp } })
      else put('DELETED', last)
      if (!isOwn) return
      answers.push(() => {
        memory.hide(old.metadata?.uid ?? '', name)
        acknowledge(name, at)
      })
    },
    answer(which: number) {
      answers.splice(which % Math.max(1, answers.length), 1)[0]?.()
    },
    deliver(count: number) {
      if (list !== undefined) return
      for (const change of log.slice(delivered, delivered + count)) {
        memory.event(change)
        delivered++
      }
    },
    /** A list is asked for, in place of the watch, and comes when it comes. */
    relist() {
      list ??= { items: [...now.values()], version, logged: log.length }
    },
    listed() {
      if (list === undefined) return
      memory.replace(list.items, String(list.version))
      delivered = list.logged
      list = undefined
    },
    /** What is shown of a name that never was so since the own last write, and is not in doubt. */
    wrong(): string[] {
      const doubted = new Set(memory.doubts().map(({ name }) => name))
      return [...history].flatMap(([name, states]) => {
        if (doubted.has(name)) return []
        const since = own.get(name) ?? 0
        const current = states.findLastIndex(({ from }) => from <= since)
        const allowed =
          current === -1 ? ['none', ...states.map(({ is }) => is)] : states.slice(current).map(({ is }) => is)
        const is = stateOf(memory.list(everything).find(({ metadata }) => metadata?.name === name))
        return allowed.includes(is) ? [] : [`${name} is ${is}, not ${allowed}`]
      })
    },
    settle() {
      while (answers.length > 0) this.answer(0)
      this.listed()
      this.deliver(log.length)
      for (const doubt of memory.doubts()) memory.settle(doubt, now.get(doubt.name))
    },
    truth: () => [...now.values()].map(({ metadata }) => `${metadata?.name}@${metadata?.resourceVersion}`).sort(),
    memory,
  }
}

const name = fc.constantFrom('a', 'b', 'c')
const step = fc.oneof(
  fc.record({ do: fc.constant('write' as const), name, isOwn: fc.boolean() }),
  fc.record({ do: fc.constant('remove' as const), name, isOwn: fc.boolean(), waits: fc.boolean() }),
  fc.record({ do: fc.constant('answer' as const), which: fc.nat(5) }),
  fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constantFrom('relist' as const, 'listed' as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function take(world: ReturnType<typeof simulated>, step: Step): void {
  if (step.do === 'write') world.write(step.name, step.isOwn)
  else if (step.do === 'remove') world.remove(step.name, step.isOwn, step.waits)
  else if (step.do === 'answer') world.answer(step.which)
  else if (step.do === 'deliver') world.deliver(step.count)
  else world[step.do]()
}

t.test(
  'whatever the order of writes, answers, events and lists, a read is not older than the own last write',
  async t => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const world = simulated()
        for (const each of steps) {
          take(world, each)
          const wrong = world.wrong()
          if (wrong.length > 0) throw new Error(wrong.join('; '))
        }
        world.settle()
        const end = shown(world.memory)
        if (end.join() !== world.truth().join()) throw new Error(`in the end ${end}, not ${world.truth()}`)
      }),
      { numRuns: 3000 },
    )
    t.pass('3,000 histories')
  },
)
