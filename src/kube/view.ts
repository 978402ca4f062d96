import type { DomainError } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { PlainCluster, ToolCluster } from './cluster.ts'
import type { ClusterCredentials, Clusters } from './clusters.ts'
import type { ViewsConfig } from './config.ts'
import { unavailable } from './status.ts'
import { createToolView, type ToolView, type ViewCounts } from './tool-view.ts'
import { createViewCluster } from './view-cluster.ts'

export interface ViewCredentials extends ClusterCredentials {
  /** When the certificate ends, in milliseconds since 1970. */
  notAfter: number
}

export interface ViewNumbers extends Readonly<ViewCounts> {
  /** Views that are open. */
  readonly open: number
}

/** The objects of the tools in use, in memory. */
export interface Views {
  /**
   * The control plane in a tool's name, answered from memory where that is possible: the same one until the tool's certificate
   * changes or nobody has used it for a while. To be asked for at each request, not kept. @throws DomainError as `Clusters.of`
   */
  of(credentials: ViewCredentials): ToolCluster
  /** Begins to load what the first read will ask for. @throws DomainError as `of` */
  open(credentials: ViewCredentials): void
  /** Views that are open. */
  size(): number
  numbers(): ViewNumbers
  /** Ends them all; the connections are the clusters'. */
  stop(): Promise<void>
}

export interface ViewsDeps {
  clusters: Pick<Clusters, 'of'>
  config: ViewsConfig
  clock: Clock
  log: Logger
}

/** Milliseconds between looks at all views, at most. */
const longestPeriod = 1000

interface Open {
  view: ToolView
  /** Milliseconds since 1970. */
  usedAt: number
}

const closed = (why: string): DomainError => unavailable(`The tool's objects are followed no longer: ${why}`)

export function createViews({ clusters, config, clock, log }: ViewsDeps): Views {
  const counts: ViewCounts = { fromMemory: 0, asked: 0, leaseChecks: 0, relists: 0, behind: 0 }
  /** By tool; the one used last stands last. */
  const open = new Map<string, Open>()
  const wrapped = new WeakMap<PlainCluster, ToolCluster>()
  /** Views that have ended, until nothing of them runs. */
  const ending = new Set<Promise<void>>()
  const stopping = new AbortController()
  const limits = { lease: config.lease_s * 1000, behind: config.behind_s * 1000 }
  const period = Math.min(longestPeriod, limits.lease / 4, limits.behind / 4)
  let generation = 0
  let sweeping = false

  function sweep(): void {
    const now = clock.now()
    for (const { view, usedAt } of open.values()) {
      if (!view.isBusy && now - usedAt >= config.idle_s * 1000) view.end(closed('nobody asked'))
      else view.tick(period)
    }
  }

  async function sweepUntilNone(): Promise<void> {
    if (sweeping) return
    sweeping = true
    try {
      while (open.size > 0) {
        await clock.sleep(period, stopping.signal)
        sweep()
      }
    } catch (error) {
      if (!stopping.signal.aborted) log.error({ err: error }, 'the views are looked after no longer')
    } finally {
      sweeping = false
    }
  }

  /** Ends the view that was used longest ago and that nobody waits for; false when there is none. */
  function makeRoom(): boolean {
    if (open.size < config.most) return true
    for (const { view } of open.values()) {
      if (view.isBusy) continue
      view.end(closed('others need the room'))
      return true
    }
    return false
  }

  function begin(plain: PlainCluster, { tool, notAfter }: ViewCredentials): ToolView | undefined {
    if (stopping.signal.aborted || clock.now() >= notAfter || !makeRoom()) return undefined
    const view = createToolView({
      plain,
      clock,
      counts,
      limits,
      notAfter,
      nextGeneration: () => ++generation,
      ended() {
        open.delete(tool)
        const done = view.done().finally(() => ending.delete(done))
        ending.add(done)
      },
    })
    open.set(tool, { view, usedAt: clock.now() })
    void sweepUntilNone()
    return view
  }

  function viewOf(plain: PlainCluster, credentials: ViewCredentials): ToolView | undefined {
    const found = open.get(credentials.tool)?.view
    if (found === undefined) return begin(plain, credentials)
    // The request began with a certificate that is no longer the tool's.
    return found.plain === plain ? found : undefined
  }

  const wrap = (plain: PlainCluster, credentials: ViewCredentials): ToolCluster =>
    createViewCluster({
      plain,
      counts,
      view: () => viewOf(plain, credentials),
      current: () => open.get(credentials.tool)?.view,
    })

  /** Notes the use; a view of another connection belongs to a certificate of before, or to a connection that is closed. */
  function use(tool: string, plain: PlainCluster): void {
    const entry = open.get(tool)
    if (entry === undefined) return
    if (entry.view.plain !== plain) {
      entry.view.end(closed('there is another certificate'))
      return
    }
    entry.usedAt = clock.now()
    open.delete(tool)
    open.set(tool, entry)
  }

  return {
    size: () => open.size,
    numbers: () => ({ open: open.size, ...counts }),
    of(credentials) {
      const plain = clusters.of(credentials)
      if (!config.enabled) return plain
      use(credentials.tool, plain)
      const known = wrapped.get(plain) ?? wrap(plain, credentials)
      wrapped.set(plain, known)
      return known
    },
    open(credentials) {
      const view = viewOf(clusters.of(credentials), credentials)
      // Whoever reads is told what failed.
      view?.use('jobs').catch(() => {})
    },
    async stop() {
      stopping.abort()
      for (const { view } of open.values()) view.end(closed('the service is stopping'))
      await Promise.all(ending)
    },
  }
}
