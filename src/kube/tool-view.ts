import { setImmediate } from 'node:timers/promises'
import { DomainError, isRefusal } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'
import { createSignal, type Signal } from './changes.ts'
import type { PlainCluster } from './cluster.ts'
import { createKindView, type KindView } from './kind-view.ts'
import type { KindName } from './kinds.ts'
import { createLease } from './lease.ts'
import type { Memory } from './memory.ts'
import { untilAborted } from './until-aborted.ts'
import { openedTogether } from './viewed-kinds.ts'

/** What happened, counted since the start. */
export interface ViewCounts {
  /** Reads answered from memory. */
  fromMemory: number
  /** Reads of viewed kinds that asked the cluster all the same. */
  asked: number
  leaseChecks: number
  /** Lists after the first of each kind. */
  relists: number
  /** Reads that asked the cluster because memory was too old. */
  behind: number
}

export interface ToolViewDeps {
  plain: PlainCluster
  clock: Clock
  counts: ViewCounts
  /** A number that no view has had yet. */
  nextGeneration(): number
  /** Milliseconds. */
  limits: { lease: number; behind: number }
  /** When the certificate ends, in milliseconds since 1970. */
  notAfter: number
  ended(): void
}

const isCertain = ({ isUsable, memory }: KindView<KindName>): boolean => isUsable() && !memory.isInDoubt

/** One tool's objects in memory. */
export interface ToolView {
  readonly plain: PlainCluster
  /**
   * What is in memory of a viewed kind, when it may be used: loaded, fresh, and the tool may still see it. Undefined when the
   * cluster is to be asked. @throws DomainError as the first list, or `unavailable` when nobody says whether the tool may
   */
  use<K extends KindName>(kind: K, signal?: AbortSignal): Promise<Memory<K> | undefined>
  /** What is in memory of a kind that was opened, good for reading or not. */
  known<K extends KindName>(kind: K): Memory<K> | undefined
  /** As `ToolCluster` says; only for viewed kinds. */
  changes(kinds: readonly KindName[], signal: AbortSignal): AsyncGenerator<void, void, undefined>
  generation(): number | undefined
  /** Whether somebody waits for it, or looks. */
  readonly isBusy: boolean
  /** To be called every `period` milliseconds: keeps the lease of those who look, and finds what has died. */
  tick(period: number): void
  /** Ends it with all who look. */
  end(error: DomainError): void
  /** Resolves when nothing runs any more. */
  done(): Promise<void>
}

const denied = (): DomainError =>
  new DomainError('not_allowed', 'The cluster does not let the tool see its jobs any more; ask an administrator')
const expired = (): DomainError =>
  new DomainError('not_allowed', "The certificate in the tool's home has expired; ask an administrator for a new one")

export function createToolView(deps: ToolViewDeps): ToolView {
  const { plain, clock, counts, limits } = deps
  const views: { [K in KindName]?: KindView<K> } = {}
  const looking = new Map<Signal, ReadonlySet<KindName>>()
  const ending = new AbortController()
  let generation = deps.nextGeneration()
  let waiting = 0
  const lease = createLease({
    ask: () => plain.mayI({ verb: 'list', resource: 'jobs', group: 'batch' }),
    clock,
    life: limits.lease,
    asked() {
      counts.leaseChecks++
    },
  })

  const opened = (): KindView<KindName>[] => Object.values(views)
  const hasEnded = (): boolean => ending.signal.aborted

  function end(error: DomainError): void {
    if (hasEnded()) return
    ending.abort(error)
    for (const signal of looking.keys()) signal.fail(error)
    deps.ended()
  }

  function changed(kind: KindName): void {
    generation = deps.nextGeneration()
    for (const [signal, kinds] of looking) if (kinds.has(kind)) signal.tell()
  }

  /** What waits for the lists goes before what follows them: its reader first, then the watches. */
  async function beforeWatch(): Promise<void> {
    await Promise.allSettled(opened().map(view => view.begun()))
    await setImmediate()
  }

  const open = <K extends KindName>(kind: K): KindView<K> =>
    createKindView(kind, {
      plain,
      clock,
      signal: ending.signal,
      behind: limits.behind,
      changed: () => changed(kind),
      beforeWatch,
      listed(at, isFirst) {
        if (!isFirst) counts.relists++
        // A list of jobs is what the lease asks about.
        if (kind === 'jobs') lease.grant(at)
      },
      lost(error) {
        if (kind === 'jobs' && isRefusal(error, 'not_allowed')) end(denied())
      },
    })

  function viewOf<K extends KindName>(kind: K): KindView<K> {
    // All that the first answer is made of is asked for at once.
    for (const each of openedTogether) openOnce(each)
    return openOnce(kind)
  }

  function openOnce<K extends KindName>(kind: K): KindView<K> {
    const known: KindView<K> | undefined = views[kind]
    if (known !== undefined) return known
    const made = open(kind)
    Object.assign(views, { [kind]: made })
    return made
  }

  function isOver(): boolean {
    if (clock.now() >= deps.notAfter) end(expired())
    return hasEnded()
  }

  /** Whether the tool may still see it. */
  async function isAllowed(signal: AbortSignal | undefined): Promise<boolean> {
    if (lease.isHeld()) return true
    const allowed = await untilAborted(lease.renew(), signal)
    if (!allowed) end(denied())
    return allowed
  }

  /** What needs neither a list nor a question, as most reads. */
  function readyNow<K extends KindName>(kind: K): Memory<K> | undefined {
    const view: KindView<K> | undefined = views[kind]
    return view?.isUsable() && lease.isHeld() ? view.memory : undefined
  }

  async function use<K extends KindName>(kind: K, signal?: AbortSignal): Promise<Memory<K> | undefined> {
    if (isOver()) return undefined
    const ready = readyNow(kind)
    if (ready !== undefined) return ready
    const view = viewOf(kind)
    await untilAborted(Promise.all([view.begun(), viewOf('jobs').begun()]), signal)
    if (view.isBehind()) counts.behind++
    if (!view.isUsable() || !(await isAllowed(signal))) return undefined
    return view.isUsable() && !isOver() ? view.memory : undefined
  }

  async function waitingFor<T>(work: () => Promise<T>): Promise<T> {
    waiting++
    try {
      return await work()
    } finally {
      waiting--
    }
  }

  /**
   * Changes as the cluster tells of them where memory cannot yet. Memory may be read again, and be behind, before the last of
   * them is in it: what is told of memory counts as well.
   */
  async function follow(changes: AsyncIterable<void>, told: Signal): Promise<void> {
    try {
      for await (const _ of changes) told.tell()
      told.end()
    } catch (error) {
      told.fail(error)
    }
  }

  /** Those who look ask for nothing, so nobody else would notice. */
  async function keepLease(): Promise<void> {
    try {
      if (!(await lease.renew())) end(denied())
    } catch (error) {
      if (lease.age() > limits.lease + limits.behind) for (const signal of looking.keys()) signal.fail(error)
    }
  }

  return {
    plain,
    use: (kind, signal) => waitingFor(() => use(kind, signal)),
    known: kind => views[kind]?.memory,
    async *changes(kinds, signal) {
      const told = createSignal()
      const stop = (): void => told.end()
      const following = new AbortController()
      waiting++
      looking.set(told, new Set(kinds))
      signal.addEventListener('abort', stop, { once: true })
      try {
        const usable = await Promise.all(kinds.map(kind => use(kind, signal)))
        if (usable.includes(undefined)) void follow(plain.changes(kinds, { signal: following.signal }), told)
        else told.tell()
        yield* told.told()
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        signal.removeEventListener('abort', stop)
        following.abort()
        looking.delete(told)
        waiting--
      }
    },
    generation() {
      const all = opened()
      const isGood = !isOver() && all.length > 0 && all.every(isCertain) && lease.isHeld()
      return isGood ? generation : undefined
    },
    get isBusy() {
      return waiting > 0
    },
    tick(period) {
      if (isOver()) return
      if (opened().some(view => view.isBehind()) && clock.now() - plain.heardAt > limits.behind) plain.cut()
      if (looking.size > 0 && lease.age() + period >= limits.lease) void keepLease()
    },
    end,
    async done() {
      await Promise.all(opened().map(view => view.done))
    },
  }
}
