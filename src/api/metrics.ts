import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ViewNumbers } from '../kube/view.ts'

/** What is asked for at the moment of a scrape. */
export interface Gauges {
  readonly connections: () => number
  readonly streams: () => number
  readonly requests: () => number
  /** Tools' connections to the control plane. */
  readonly clusters: () => number
  /** Processes that read homes. */
  readonly helpers: () => number
  /** What goes on with tools' objects in memory; undefined where they are not kept. */
  readonly views: () => ViewNumbers | undefined
}

/** One answered request; no tool's name among its labels. */
export interface RequestSample {
  /** The operation's id, or `none` where the path is none. */
  readonly operation: string
  readonly status: number
  /** Absent for a stream: it takes as long as it is read. */
  readonly seconds?: number
}

/** The numbers of one service instance, for Prometheus. */
export interface Metrics {
  /** For other rooms' numbers, beside those in here. */
  readonly registry: Registry
  observe(sample: RequestSample): void
  handshakeFailed(): void
  /** All numbers, for operators. */
  all(): Promise<string>
  /** Version and request counts by operation and status, for everybody. */
  open(): Promise<string>
}

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

function addGauges(registry: Registry, gauges: Gauges): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge('jobs_api_connections', 'Connections that are open', gauges.connections)
  gauge('jobs_api_streams', 'Log streams that are open', gauges.streams)
  gauge('jobs_api_requests_in_flight', 'Requests that are not answered yet', gauges.requests)
  gauge('jobs_api_cluster_connections', "Tools' connections to the control plane", gauges.clusters)
  gauge('jobs_api_home_helpers', 'Processes that read homes', gauges.helpers)
  const views: readonly [keyof ViewNumbers, string, string][] = [
    ['open', 'jobs_api_views', 'Tools whose objects are in memory'],
    ['fromMemory', 'jobs_api_view_reads', 'Reads answered from memory'],
    ['asked', 'jobs_api_view_asks', 'Reads for which the control plane was asked'],
    ['leaseChecks', 'jobs_api_view_leases', 'Times that the control plane was asked whether a tool may still read'],
    ['relists', 'jobs_api_view_relists', 'Lists that were read again because a watch could not go on'],
    ['behind', 'jobs_api_view_behind', 'Reads for which what is in memory was too old'],
  ]
  for (const [number, name, help] of views) gauge(name, help, () => gauges.views()?.[number] ?? 0)
  gauge('process_resident_memory_bytes', 'Resident memory in bytes', () => process.memoryUsage.rss())
  gauge('process_cpu_seconds', 'User and system time in seconds', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
}

/** The same function, which makes what it gives for the same arguments once. */
function remembered<A extends (string | number)[], T>(make: (...from: A) => T): (...from: A) => T {
  const known = new Map<string, T>()
  return (...from) => {
    const key = from.join(' ')
    const found = known.get(key) ?? make(...from)
    known.set(key, found)
    return found
  }
}

export function createMetrics(version: string, gauges: Gauges): Metrics {
  const registry = new Registry()
  const shown = new Registry()
  const both = [registry, shown]
  const info = { name: 'jobs_api_info', help: 'The version that runs', labelNames: ['version'] as const }
  new Gauge({ ...info, registers: both }).set({ version }, 1)
  const requests = new Counter({
    name: 'jobs_api_requests_total',
    help: 'Requests by operation and status; 499: the client did not wait for the answer',
    labelNames: ['operation', 'status'] as const,
    registers: both,
  })
  const duration = new Histogram({
    name: 'jobs_api_request_seconds',
    help: 'Seconds from the first byte of a request to the last of its answer, by operation; streams are not in it',
    labelNames: ['operation'] as const,
    buckets,
    registers: [registry],
  })
  const handshakes = new Counter({
    name: 'jobs_api_handshake_failures_total',
    help: 'TLS handshakes that came to nothing',
    registers: [registry],
  })
  addGauges(registry, gauges)
  // To find a number by its labels costs more than to count.
  const countOf = remembered((operation: string, status: number) => requests.labels({ operation, status }))
  const durationOf = remembered((operation: string) => duration.labels({ operation }))
  return {
    registry,
    observe({ operation, status, seconds }) {
      countOf(operation, status).inc()
      if (seconds !== undefined) durationOf(operation).observe(seconds)
    },
    handshakeFailed: () => handshakes.inc(),
    all: () => registry.metrics(),
    open: () => shown.metrics(),
  }
}
