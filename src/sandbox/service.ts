import type { Clock } from '../platform/clock.ts'
import type { Service } from '../platform/lifecycle.ts'
import type { Logger } from '../platform/log.ts'
import { limitRanger } from './admission/limit-ranger.ts'
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts'
import { resourceQuota } from './admission/resource-quota.ts'
import { createApi } from './api.ts'
import { bootstrap } from './bootstrap.ts'
import { isLoopback, type SandboxConfig } from './config.ts'
import { createEvents } from './controllers/events.ts'
import { createJobController } from './controllers/job.ts'
import { startGarbageCollector } from './gc.ts'
import { events } from './kinds/event.ts'
import { jobs } from './kinds/job.ts'
import { pods } from './kinds/pod.ts'
import { kinds } from './kinds.ts'
import { startNamespaceController } from './namespaces.ts'
import { createPodRunner, nodeName, type PodRunner } from './pods/runner.ts'
import { startQuotaStatus } from './quota-status.ts'
import { startRootCaPublisher } from './root-ca.ts'
import { createServer } from './server.ts'
import { createStore, type Store } from './store.ts'

export interface SandboxAddress {
  host: string
  port: number
  url: string
}

/** Settings that may be left out have their defaults. */
export type SandboxSettings = Pick<SandboxConfig, 'client_ca' | 'certificate' | 'key' | 'data_dir'> &
  Partial<SandboxConfig>

export interface Sandbox extends Service<SandboxAddress> {
  /** Kills every process of every pod at once: for the last moment of our own process. */
  killAll(): void
}

interface Deps {
  clock: Clock
  log: Logger
}

/**
 * A control plane in memory that behaves as Kubernetes for what one-off jobs need; each start begins with nothing.
 * @throws Error for a host that is not loopback.
 */
export function createSandbox(settings: SandboxSettings, deps: Deps): Sandbox {
  const { host = '127.0.0.1', port = 16440 } = settings
  if (!isLoopback(host)) throw new Error(`the sandbox listens on loopback addresses only, not on ${host}`)
  let running: Running | undefined

  return {
    start: async () => {
      running = assemble(settings, deps)
      running.begin()
      const address = await running.server.listen(host, port)
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
      return { host: address.address, port: address.port, url: `https://${name}:${address.port}` }
    },
    stop: async () => {
      const stopped = running
      running = undefined
      await stopped?.end()
    },
    killAll: () => running?.runner.killAll(),
  }
}

interface Running {
  server: ReturnType<typeof createServer>
  runner: PodRunner
  begin(): void
  end(): Promise<void>
}

function assemble(settings: SandboxSettings, deps: Deps): Running {
  const { watch_history: history = 1000 } = settings
  const admission = [namespaceLifecycle, limitRanger, resourceQuota]
  const store = createStore({ ...deps, kinds, admission, history })
  const { recorder } = createEvents({ ...deps, store, events })
  const record = {
    scheduler: recorder({ component: 'default-scheduler' }),
    kubelet: recorder({ component: 'kubelet', host: nodeName }),
  }
  const runner = createPodRunner(
    { pods: settings.pods ?? 'processes', directory: settings.data_dir, images: settings.images ?? [] },
    { ...deps, store, pods, record },
  )
  const controller = createJobController({
    ...deps,
    store,
    jobs,
    pods,
    record: recorder({ component: 'job-controller' }),
  })
  const answer = createApi({ ...deps, store, logs: runner.logs })
  const server = createServer(settings, { ...deps, answer })
  let ends: (() => void)[] = []
  return {
    server,
    runner,
    begin: () => {
      ends = startHousekeeping(store, { log: deps.log, rootCa: settings.client_ca })
      bootstrap(store)
      controller.start()
      runner.start()
    },
    end: async () => {
      await server.close()
      controller.stop()
      await runner.stop()
      for (const end of ends) end()
    },
  }
}

const startHousekeeping = (store: Store, { log, rootCa }: { log: Logger; rootCa: string }): (() => void)[] => [
  startGarbageCollector(store),
  startRootCaPublisher(store, rootCa),
  startNamespaceController({ store, log }),
  startQuotaStatus(store),
]
