import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { shareConfigMap } from '../kube/config-map.ts'
import type { KubeConfigMap } from '../kube/kinds.ts'
import type { PlatformCluster } from '../kube/platform-cluster.ts'
import { rfc3339 } from '../platform/clock.ts'
import type { Waiting } from './plan/plan-pass.ts'
import { emptyLedger, type Ledger } from './plan/safety.ts'

const Moment = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' })
const Written = Type.Object({
  last_pass: Type.Optional(Moment),
  steady_since: Type.Optional(Moment),
  deletions: Type.Optional(Type.Array(Type.Object({ tool: Type.String(), at: Moment }))),
  confirmed: Type.Optional(Type.Object({ hash: Type.String(), at: Moment })),
})
const Removals = Type.Object({
  hash: Type.String(),
  reasons: Type.Array(Type.String()),
  removals: Type.Array(
    Type.Object({ tool: Type.String(), what: Type.Enum(['shut-off', 'disable', 'delete']), reason: Type.String() }),
  ),
})
const written = Compile(Written)
const removals = Compile(Removals)

const momentOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text))
const isMoment = (moment: number | undefined): boolean => !Number.isNaN(moment)
const textOf = (moment: number | undefined) => (moment === undefined ? undefined : rfc3339(moment))

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What cannot be read counts as a first pass: nothing is taken away in the next minutes. */
export function parseLedger(text: string | undefined): Ledger {
  const value = parse(text)
  if (!written.Check(value)) return emptyLedger
  const { confirmed } = value
  const ledger: Ledger = {
    lastPass: momentOf(value.last_pass),
    steadySince: momentOf(value.steady_since),
    deletions: (value.deletions ?? []).map(({ tool, at }) => ({ tool, at: Date.parse(at) })),
    confirmed: confirmed === undefined ? undefined : { hash: confirmed.hash, at: Date.parse(confirmed.at) },
  }
  const moments = [ledger.lastPass, ledger.steadySince, ledger.confirmed?.at, ...ledger.deletions.map(({ at }) => at)]
  return moments.every(isMoment) ? ledger : emptyLedger
}

export function formatLedger({ lastPass, steadySince, deletions, confirmed }: Ledger): string {
  const value: Static<typeof Written> = {
    deletions: deletions.map(({ tool, at }) => ({ tool, at: rfc3339(at) })),
    ...(lastPass === undefined ? {} : { last_pass: rfc3339(lastPass) }),
    ...(steadySince === undefined ? {} : { steady_since: rfc3339(steadySince) }),
    ...(confirmed === undefined ? {} : { confirmed: { hash: confirmed.hash, at: textOf(confirmed.at) ?? '' } }),
  }
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** What waits for an operator, as it was written; undefined when nothing does. */
export function parseWaiting(text: string | undefined): Waiting | undefined {
  const value = parse(text)
  return removals.Check(value) ? value : undefined
}

const formatWaiting = (waiting: Waiting | undefined): string =>
  waiting === undefined ? '' : `${JSON.stringify(waiting, undefined, 2)}\n`

/** What kubeusers remembers from pass to pass: the ConfigMap `kubeusers` of the platform's namespace. */
export interface LedgerStore {
  read(): Promise<{ ledger: Ledger; waiting: Waiting | undefined }>
  /**
   * Changes it by a function of what is there, again where somebody else was quicker.
   * @throws DomainError when it cannot be written
   */
  change(change: (ledger: Ledger) => Ledger, waiting?: { now: Waiting | undefined }): Promise<void>
}

const keys = { ledger: 'ledger.json', waiting: 'waiting.json' } as const

export function createLedgerStore(cluster: PlatformCluster, namespace: string): LedgerStore {
  const shared = shareConfigMap(cluster.in(namespace), 'kubeusers')
  return {
    async read() {
      const { [keys.ledger]: ledger, [keys.waiting]: waiting } = await shared.read()
      return { ledger: parseLedger(ledger), waiting: parseWaiting(waiting) }
    },
    change: (change, waiting) =>
      shared.change(data => ({
        ...data,
        [keys.ledger]: formatLedger(change(parseLedger(data[keys.ledger]))),
        ...(waiting === undefined ? {} : { [keys.waiting]: formatWaiting(waiting.now) }),
      })),
  }
}

/** The cluster's own time, in milliseconds: that of an object which is not kept. */
export async function clusterTime(cluster: PlatformCluster, namespace: string): Promise<number> {
  const probe: KubeConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kubeusers-clock', namespace } }
  const { metadata } = await cluster.in(namespace).create('configmaps', probe, { dryRun: true })
  const moment = Date.parse(String(metadata?.creationTimestamp))
  if (Number.isNaN(moment)) throw new Error('the cluster does not tell the time at which it makes an object')
  return moment
}
