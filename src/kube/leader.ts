import { isRefusal } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { KubeLease } from './kinds.ts'
import type { NamespacedCluster } from './platform-cluster.ts'

/** The Lease that several instances of a service share, and who we are in it. */
export interface LeaderOptions {
  readonly cluster: NamespacedCluster
  /** Of the Lease. */
  readonly name: string
  readonly identity: string
  /** Milliseconds for which the Lease holds, and between renewals; the rules are those of Kubernetes' own controllers. */
  readonly duration: number
  readonly renewal: number
  /** Called when somebody else has it, with who that is; again when that changes. */
  readonly onTaken?: ((holder: string) => void) | undefined
}

/** Does something in one instance at a time. */
export interface Leader {
  readonly isLeading: boolean
  /**
   * Waits for the Lease, then calls `work` with a signal that ends when the Lease is lost; again and again until `signal` ends.
   * An error of `work` ends it all.
   */
  run(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>
}

/** Kubernetes writes these times with microseconds. */
const micro = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '000Z')

export function createLeader(options: LeaderOptions, { clock, log }: { clock: Clock; log: Logger }): Leader {
  const { cluster, name, identity, duration, renewal, onTaken } = options
  let isLeading = false
  /** The Lease as we saw it change last, by our own clock: other machines' clocks are not compared with it. */
  let seen = { version: '', at: Number.NEGATIVE_INFINITY }

  /** Who else had it when we looked last. */
  let holder = ''

  const leaseOf = (present: KubeLease | undefined): KubeLease => {
    const now = micro(clock.now())
    const { holderIdentity, acquireTime, leaseTransitions = 0 } = present?.spec ?? {}
    const isOurs = holderIdentity === identity
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: present?.metadata ?? { name, namespace: cluster.namespace },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(duration / 1000),
        renewTime: now,
        acquireTime: isOurs ? (acquireTime ?? now) : now,
        leaseTransitions: isOurs || present === undefined ? leaseTransitions : leaseTransitions + 1,
      },
    }
  }

  /** Whether somebody else holds it, and has renewed it lately. */
  function isTaken(present: KubeLease): boolean {
    const { holderIdentity = '' } = present.spec ?? {}
    const version = present.metadata?.resourceVersion ?? ''
    // A clock that was set back begins to wait anew.
    if (version !== seen.version || clock.now() < seen.at) seen = { version, at: clock.now() }
    const isOthers = holderIdentity !== '' && holderIdentity !== identity && clock.now() - seen.at < duration
    if (isOthers && holderIdentity !== holder) onTaken?.(holderIdentity)
    holder = isOthers ? holderIdentity : ''
    return isOthers
  }

  /** The Lease as we wrote it last: most often it can be renewed without a look. */
  let ours: KubeLease | undefined

  async function write(): Promise<boolean> {
    const present = ours ?? (await cluster.get('leases', name))
    ours = undefined
    if (present === undefined) ours = await cluster.create('leases', leaseOf(undefined))
    else if (isTaken(present)) return false
    else ours = await cluster.replace('leases', leaseOf(present))
    return true
  }

  /** Takes or renews the Lease. */
  async function take(): Promise<boolean> {
    try {
      return await write()
    } catch (error) {
      // Somebody else was quicker.
      if (isRefusal(error, 'conflict', 'exists')) return false
      throw error
    }
  }

  /** As `take`, and undefined where that fails or takes longer than `patience` milliseconds. */
  async function renew(patience: number): Promise<boolean | undefined> {
    const answered = new AbortController()
    const late = clock.sleep(Math.max(0, patience), answered.signal).then(
      () => log.warn({ lease: name }, 'the lease was not renewed in time'),
      () => {},
    )
    const taken = take().catch((error: unknown) => {
      log.warn({ err: error, lease: name }, 'the lease could not be renewed')
      return undefined
    })
    try {
      return await Promise.race([taken, late.then(() => undefined)])
    } finally {
      answered.abort()
    }
  }

  /** Renews until that has failed, or hung, for so long that somebody else may have it soon. */
  async function keep(signal: AbortSignal): Promise<void> {
    const longest = (duration * 2) / 3
    let renewedAt = clock.now()
    while (!signal.aborted && clock.now() - renewedAt < longest) {
      await clock.sleep(renewal, signal).catch(() => {})
      if (signal.aborted) return
      const asked = clock.now()
      const isOurs = await renew(renewedAt + longest - asked)
      if (isOurs === true) renewedAt = asked
      if (isOurs === false) return
    }
  }

  /** Lets others have it at once. */
  async function release(): Promise<void> {
    ours = undefined
    const present = await cluster.get('leases', name)
    if (present?.spec?.holderIdentity !== identity) return
    await cluster.replace('leases', {
      ...present,
      spec: { ...present.spec, holderIdentity: '', leaseDurationSeconds: 1 },
    })
  }

  async function lead(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const ended = new AbortController()
    const both = AbortSignal.any([signal, ended.signal])
    isLeading = true
    log.info({ lease: name, identity }, 'leading')
    const kept = keep(both).finally(() => {
      isLeading = false
      ended.abort()
    })
    try {
      await work(both)
    } finally {
      ended.abort()
      await kept
      await release().catch(() => {})
    }
  }

  return {
    get isLeading() {
      return isLeading
    },
    async run(work, signal) {
      while (!signal.aborted) {
        const isOurs = await take().catch((error: unknown) => {
          log.warn({ err: error, lease: name }, 'the lease could not be read')
          return false
        })
        if (isOurs) await lead(work, signal)
        if (!signal.aborted) await clock.sleep(renewal, signal).catch(() => {})
      }
    },
  }
}
