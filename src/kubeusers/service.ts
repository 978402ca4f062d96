import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { createDirectory } from '../directory/open.ts'
import type { ControlPlane } from '../kube/config.ts'
import { createLeader } from '../kube/leader.ts'
import { createPlatformCluster, type PlatformCluster } from '../kube/platform-cluster.ts'
import { createAdmin } from '../platform/admin.ts'
import type { Clock } from '../platform/clock.ts'
import type { Service } from '../platform/lifecycle.ts'
import type { Logger } from '../platform/log.ts'
import { messageOf } from '../platform/message-of.ts'
import { assemble, type Parts } from './assemble.ts'
import type { KubeusersConfig } from './config.ts'
import type { Engine, PassReport, Progress } from './engine.ts'
import { checkIdentity, readIdentity } from './identity.ts'
import { createLedgerStore, type LedgerStore } from './ledger.ts'
import { createMetrics } from './metrics.ts'
import { runPasses } from './passes.ts'
import type { PassPlan } from './plan/plan-pass.ts'
import type { PeoplePlan } from './plan/plan-people.ts'
import { watchTools } from './watches.ts'

export interface KubeusersAddress {
  readonly admin: { readonly host: string; readonly port: number }
}

export interface OnceOptions {
  readonly signal: AbortSignal
  readonly progress?: (progress: Progress) => void
  /** Called when another instance has the lease, with who that is. */
  readonly waiting?: (holder: string) => void
}

/** kubeusers as a service, and for operators who want one pass, or only its plan. */
export interface Kubeusers extends Service<KubeusersAddress> {
  /** One pass, as the one who holds the lease, which is waited for. @throws Error when something cannot be read */
  once(options: OnceOptions): Promise<PassReport>
  /** What a pass would do now; changes nothing. @throws Error when something cannot be read */
  dryRun(options: { signal: AbortSignal }): Promise<{ plan: PassPlan; people: PeoplePlan }>
  /** What waits for an operator, and the way to agree. */
  ledger<T>(use: (ledger: LedgerStore) => Promise<T>): Promise<T>
  /** Resolves after the first pass in which all could be read, with what it came to. */
  readonly ready: Promise<PassReport>
}

interface Deps {
  clock: Clock
  log: Logger
}

/** @throws ConfigError; does no I/O */
export function createKubeusers(config: KubeusersConfig, { clock, log }: Deps): Kubeusers {
  checkIdentity(config.identity)
  const { tools, lease } = config
  const directory = createDirectory(config.directory, { clock, log })
  const stopping = new AbortController()
  const ready = Promise.withResolvers<PassReport>()
  let running: Promise<void> = Promise.resolve()
  let cluster: PlatformCluster | undefined
  let engine: Engine | undefined
  let isLeading = () => false
  let lastGood: number | undefined
  let startedAt = 0
  /** Why there will be no more passes. */
  let ended: string | undefined
  const metrics = createMetrics({ leading: () => isLeading(), failing: () => engine?.failing ?? 0 })

  /** A pod that works and gets nothing done is better started again; one that waits for the lease is well. */
  function ill(): string | undefined {
    if (ended !== undefined) return ended
    const since = clock.now() - (lastGood ?? startedAt)
    const limit = Math.max(300_000, 5 * tools.pass_s * 1000)
    return isLeading() && since > limit ? `no pass has ended well for ${Math.round(since / 1000)} s` : undefined
  }

  const admin = createAdmin(config.admin, {
    metrics: () => metrics.all(),
    ready: () => lastGood !== undefined || !isLeading(),
    ill,
    log,
  })

  function open(): { cluster: PlatformCluster; plane: ControlPlane } {
    const { plane, identity } = readIdentity(config.kubernetes, config.identity)
    cluster ??= createPlatformCluster({ ...plane, agent: 'toolforge-kubeusers' }, identity, {
      clock,
      onCall: metrics.called,
    })
    return { cluster, plane }
  }

  const partsFor = (signal: AbortSignal): Parts =>
    assemble(config, { ...open(), directory, metrics, clock, log }, signal)

  async function lead(signal: AbortSignal, work: (parts: Parts) => Promise<void>): Promise<void> {
    const parts = partsFor(signal)
    engine = parts.engine
    parts.requestWatch.start(signal)
    try {
      await work(parts)
    } finally {
      engine = undefined
      await parts.provisioner.stop()
    }
  }

  const leader = (onTaken?: (holder: string) => void) => {
    const made = createLeader(
      {
        cluster: open().cluster.in(lease.namespace),
        name: lease.name,
        identity: `${hostname()}_${randomUUID()}`,
        duration: lease.duration_s * 1000,
        renewal: lease.renewal_s * 1000,
        onTaken,
      },
      { clock, log },
    )
    isLeading = () => made.isLeading
    return made
  }

  const serve = (signal: AbortSignal): Promise<void> =>
    lead(signal, async ({ engine, files }) => {
      const { template } = files
      const watches = watchTools({ cluster: open().cluster, template, touch: engine.touch, clock, log }, signal)
      const passed = (report: PassReport): void => {
        lastGood = clock.now()
        ready.resolve(report)
      }
      const every = tools.pass_s * 1000
      await runPasses({ engine, directory, metrics, clock, log, every, refresh: files.refresh, passed }, signal)
      await watches
    })

  const close = async (): Promise<void> => {
    await directory.close()
    await cluster?.close()
    cluster = undefined
  }

  return {
    ready: ready.promise,
    async start() {
      startedAt = clock.now()
      const address = await admin.start()
      log.info({ admin: address }, 'started')
      running = leader()
        .run(serve, stopping.signal)
        .catch(error => {
          ended = `kubeusers cannot go on: ${messageOf(error)}`
          log.fatal({ err: error }, 'kubeusers cannot go on')
        })
      return { admin: address }
    },
    async stop() {
      stopping.abort()
      await running
      await close()
      await admin.stop()
    },
    async once({ signal, progress, waiting }) {
      const done = new AbortController()
      let report: PassReport | undefined
      const work = (signal: AbortSignal): Promise<void> =>
        lead(signal, async ({ engine }) => {
          report = await engine.pass(progress)
          done.abort()
        })
      try {
        await leader(waiting).run(work, AbortSignal.any([signal, done.signal]))
        signal.throwIfAborted()
        if (report === undefined) throw new Error('the lease was lost before the pass had ended')
        return report
      } finally {
        await close()
      }
    },
    async dryRun({ signal }) {
      const { engine, provisioner } = partsFor(signal)
      try {
        const { plan, reading } = await engine.plan()
        return { plan, people: reading.people }
      } finally {
        await provisioner.stop()
        await close()
      }
    },
    async ledger(use) {
      try {
        return await use(createLedgerStore(open().cluster, lease.namespace))
      } finally {
        await close()
      }
    },
  }
}
