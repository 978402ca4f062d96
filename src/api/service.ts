import { DomainError } from '../contract/errors.ts'
import { createHomes } from '../homes/homes.ts'
import { type Clusters, createClusters } from '../kube/clusters.ts'
import { readControlPlane } from '../kube/config.ts'
import { createViews, type Views } from '../kube/view.ts'
import { createAdmin } from '../platform/admin.ts'
import type { Clock } from '../platform/clock.ts'
import { ConfigError } from '../platform/config.ts'
import type { Service } from '../platform/lifecycle.ts'
import type { Logger } from '../platform/log.ts'
import { version } from '../platform/version.ts'
import { createRegistry, type Registry } from '../registry/registry.ts'
import { createApp, type Load } from './app.ts'
import type { JobsApiConfig } from './config.ts'
import { checkDenyList, createDenyListWatch } from './deny-list.ts'
import type { ToolClusters } from './handlers/deps.ts'
import type { BuiltImages } from './handlers/image-catalog.ts'
import { createHandlers } from './handlers/resources.ts'
import type { OpenHandlers } from './handlers.ts'
import { createListener, type ListenerAddress } from './listener.ts'
import { createMetrics } from './metrics.ts'
import { openapiOf } from './openapi.ts'
import { createTrust } from './trust.ts'

export interface JobsApiAddress extends ListenerAddress {
  admin: { host: string; port: number }
}

export interface JobsApiDeps {
  clock: Clock
  log: Logger
}

/** What is left of the time for stopping when the connections are cut off, in milliseconds. */
const afterwards = 500

/** The listener's own limit for open requests must leave the rest of the stop its time. @throws ConfigError */
function listenerConfigOf({ listener, shutdown }: JobsApiConfig): JobsApiConfig['listener'] {
  const left = (shutdown.limit_ms - shutdown.drain_ms - afterwards) / 1000
  if (left <= 0)
    throw new ConfigError([`shutdown.limit_ms: must be more than shutdown.drain_ms and ${afterwards} together`])
  return { ...listener, timeouts: { ...listener.timeouts, drain: Math.min(listener.timeouts.drain, left) } }
}

/**
 * The jobs API: the tenants' door, the operations behind it, and the operators' port.
 * `stop` says for a while that it drains, lets requests finish, ends streams, and returns within `shutdown.limit_ms`.
 * @throws ConfigError for settings that contradict each other.
 */
export function createJobsApi(config: JobsApiConfig, { clock, log }: JobsApiDeps): Service<JobsApiAddress> {
  let draining = false
  let running = false
  let connections: Clusters | undefined
  let views: Views | undefined
  let registry: Registry | undefined
  let stopped: Promise<void> | undefined

  const load: Load = { requests: 0, streams: 0 }
  const homes = createHomes(config.homes, { clock, log })
  const clusters: ToolClusters = {
    async for(tool) {
      const credentials = await homes.credentials(tool)
      if (connections === undefined) throw new DomainError('unavailable', 'the service is not started yet')
      return { cluster: (views ?? connections).of(credentials), credentials }
    },
  }
  const listenerConfig = listenerConfigOf(config)
  const trust = createTrust(listenerConfig, { clock, log })
  checkDenyList(config.deny_list, listenerConfig.deny_list_file)
  const denyList = createDenyListWatch(config.deny_list, { trust, clock, log })
  const metrics = createMetrics(version, {
    connections: () => listener.connections(),
    clusters: () => connections?.size() ?? 0,
    helpers: () => homes.pids().length,
    streams: () => load.streams,
    requests: () => load.requests,
    views: () => views?.numbers(),
  })
  const { handshakeFailed } = metrics
  /** Begins what the first request of a connection needs while it is under way; what fails is told to who asks for it. */
  function connected(tool: string): void {
    if (load.requests > config.limits.requests) return
    clusters
      .for(tool)
      .then(({ credentials }) => views?.open(credentials))
      .catch(() => undefined)
  }
  const listener = createListener(listenerConfig, { trust, clock, log, handshakeFailed, connected })
  const description = openapiOf(version)
  const open: OpenHandlers = {
    async health() {
      if (draining) throw new DomainError('unavailable', 'the service is being stopped; use another instance')
      return { status: 'ok' }
    },
    openapi: () => Promise.resolve(description),
    metrics: () => metrics.open(),
  }
  const built: BuiltImages = {
    imagesOf: async (tool, signal) => registry?.imagesOf(tool, signal) ?? [],
    resolve: async (reference, signal) => registry?.resolve(reference, signal),
  }
  const handlers = createHandlers({ settings: config.jobs, homes, clusters, built, clock, log })
  const deps = { door: listener, handlers, open, metrics, clock, log, load, draining: () => draining }
  const app = createApp(config.limits, deps)
  const admin = createAdmin(config.admin, { metrics: () => metrics.all(), ready: () => running && !draining, log })

  /** Says so for a while before anything is closed: proxies ask only now and then. */
  async function drain(): Promise<void> {
    draining = true
    if (running) await clock.sleep(config.shutdown.drain_ms)
  }

  async function shut(): Promise<void> {
    await drain()
    await listener.stop()
    await views?.stop()
    await Promise.all([app.close(), connections?.stop(), registry?.close(), denyList.stop(), homes.stop()])
  }

  async function stopInTime(): Promise<void> {
    const done = new AbortController()
    const late = clock.sleep(config.shutdown.limit_ms, done.signal).then(
      () => log.warn('not everything ended in time'),
      () => undefined,
    )
    try {
      await Promise.race([shut(), late])
    } finally {
      done.abort()
      running = false
      await admin.stop()
    }
  }

  return {
    async start() {
      const plane = readControlPlane(config.kubernetes)
      const clusterConnections = createClusters(plane, { clock })
      connections = clusterConnections
      if (config.views.enabled) views = createViews({ clusters: clusterConnections, config: config.views, clock, log })
      if (config.registry.url !== undefined) registry = createRegistry(config.registry, { clock, log })
      await denyList.start(plane)
      await homes.start()
      await app.ready()
      const address = { ...(await listener.start()), admin: await admin.start() }
      running = true
      log.info(address, 'the jobs API takes requests')
      return address
    },
    stop() {
      stopped ??= stopInTime()
      return stopped
    },
  }
}
