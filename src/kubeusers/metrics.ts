import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { version } from '../platform/version.ts'
import type { PassReport } from './engine.ts'
import type { ActionName } from './plan/actions.ts'
import type { PeopleAction } from './plan/plan-people.ts'

/** Steps for tools, and those for administrators. */
type Counted = ActionName | `people-${PeopleAction['do']}`

/** The numbers of one instance, for Prometheus; no tool's name among their labels. */
export interface Metrics {
  acted(action: Counted): void
  failed(action: Counted | 'look'): void
  passed(report: PassReport, now: number): void
  passFailed(): void
  /** A call of the control plane: what is done, and to which kind. */
  called(verb: string, kind: string): void
  all(): Promise<string>
}

/** Seconds until certificates end: an hour, a day, and what is renewed when. */
const expiryBuckets = [0, 3600, 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400, 60 * 86_400, 90 * 86_400, 366 * 86_400]

export function createMetrics(live: { leading(): boolean; failing(): number }): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, read?: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      ...(read === undefined
        ? {}
        : {
            collect() {
              this.set(read())
            },
          }),
    })
  new Gauge({ name: 'kubeusers_info', help: 'The version that runs', labelNames: ['version'], registers }).set(
    { version },
    1,
  )
  gauge('kubeusers_leading', '1 in the instance that works', () => (live.leading() ? 1 : 0))
  gauge('kubeusers_tools_failing', 'Tools for which the last try failed', live.failing)
  const actions = new Counter({
    name: 'kubeusers_actions_total',
    help: 'Steps that were carried out, by what they do',
    labelNames: ['action'] as const,
    registers,
  })
  const errors = new Counter({
    name: 'kubeusers_errors_total',
    help: 'Steps that failed, by what they do; look: what is known of a tool could not be read',
    labelNames: ['action'] as const,
    registers,
  })
  const calls = new Counter({
    name: 'kubeusers_cluster_calls_total',
    help: 'Calls of the control plane by what they do and to which kind, those of the lease included',
    labelNames: ['verb', 'kind'] as const,
    registers,
  })
  const passes = new Counter({
    name: 'kubeusers_passes_total',
    help: 'Passes over all tools; failed: something could not be read, and nothing was done',
    labelNames: ['result'] as const,
    registers,
  })
  const seconds = new Histogram({
    name: 'kubeusers_pass_seconds',
    help: 'Seconds that a pass took',
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900],
    registers,
  })
  const lastGood = gauge(
    'kubeusers_last_good_pass_timestamp_seconds',
    'When the last pass ended in which all could be read',
  )
  const frozen = gauge('kubeusers_frozen', '1 while nothing is taken away for absence')
  const waiting = gauge('kubeusers_removals_waiting', "Removals that wait for an operator's word")
  const served = gauge('kubeusers_tools_served', 'Tools that are served')
  const skipped = gauge('kubeusers_accounts_skipped', 'Entries of the directory that cannot be used')
  const expiry = new Gauge({
    name: 'kubeusers_certificates_ending',
    help: 'Certificates in homes that end within so many seconds from now, by the last pass; expired ones are in each',
    labelNames: ['within_seconds'] as const,
    registers,
  })
  gauge('process_resident_memory_bytes', 'Resident memory in bytes', () => process.memoryUsage.rss())
  gauge('process_cpu_seconds', 'User and system time in seconds', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })

  function showExpiry({ reading }: PassReport, now: number): void {
    const left = reading.facts.flatMap(({ home }) =>
      'unreadable' in home || 'problem' in home.certificate ? [] : [(home.certificate.notAfter - now) / 1000],
    )
    for (const bound of expiryBuckets)
      expiry.set({ within_seconds: String(bound) }, left.filter(one => one <= bound).length)
    expiry.set({ within_seconds: '+Inf' }, left.length)
  }

  return {
    acted: action => actions.inc({ action }),
    failed: action => errors.inc({ action }),
    passed(report, now) {
      passes.inc({ result: 'done' })
      seconds.observe(report.seconds)
      lastGood.set(now / 1000)
      frozen.set(report.plan.frozen.length > 0 ? 1 : 0)
      waiting.set(report.plan.waiting?.removals.length ?? 0)
      served.set(report.plan.evidence.served)
      skipped.set(report.reading.listed.skipped.length)
      showExpiry(report, now)
    },
    passFailed: () => passes.inc({ result: 'failed' }),
    called: (verb, kind) => calls.inc({ verb, kind }),
    all: () => registry.metrics(),
  }
}
