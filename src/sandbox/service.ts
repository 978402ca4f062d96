import type { AddressInfo } from 'node:net'
import { createSigner, type Signer } from '../pki/signer.ts'
import type { Clock } from '../platform/clock.ts'
import type { Service } from '../platform/lifecycle.ts'
import type { Logger } from '../platform/log.ts'
import { certificates } from './admission/certificates.ts'
import { clusterIp } from './admission/cluster-ip.ts'
import { escalation } from './admission/escalation.ts'
import { limitRanger } from './admission/limit-ranger.ts'
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts'
import { resourceQuota } from './admission/resource-quota.ts'
import { createApi } from './api.ts'
import { bootstrap } from './bootstrap.ts'
import { isLoopback, type SandboxConfig } from './config.ts'
import { createControl } from './control/control.ts'
import { createCertificateCleaner } from './controllers/certificate-cleaner.ts'
import { createCertificateSigner } from './controllers/certificate-signer.ts'
import { createCronJobController } from './controllers/cron-job.ts'
import { createDeploymentController } from './controllers/deployment.ts'
import { createEvents } from './controllers/events.ts'
import { createJobController } from './controllers/job.ts'
import { createReplicaSetController } from './controllers/replica-set.ts'
import { startGarbageCollector } from './gc.ts'
import { createIngressServer } from './ingress/server.ts'
import { certificateSigningRequests } from './kinds/certificate-signing-request.ts'
import { cronJobs } from './kinds/cron-job.ts'
import { deployments } from './kinds/deployment.ts'
import { events } from './kinds/event.ts'
import { jobs } from './kinds/job.ts'
import { pods } from './kinds/pod.ts'
import { replicaSets } from './kinds/replica-set.ts'
import { kinds } from './kinds.ts'
import { startNamespaceController } from './namespaces.ts'
import { createPodRunner, nodeName, type PodRunner } from './pods/runner.ts'
import { startQuotaStatus } from './quota-status.ts'
import { startRootCaPublisher } from './root-ca.ts'
import { createServer } from './server.ts'
import { startServiceAccounts } from './service-accounts.ts'
import { createStore, type Store } from './store.ts'
import { createTokens } from './tokens.ts'

interface HttpAddress {
  host: string
  port: number
  url: string
}

export interface SandboxAddress extends HttpAddress {
  /** Where Ingresses are served, if they are. */
  ingress?: HttpAddress
}

/** Settings that may be left out have their defaults. */
export type SandboxSettings = Pick<SandboxConfig, 'client_ca' | 'certificate' | 'key' | 'data_dir'> &
  Partial<SandboxConfig>

export interface Sandbox extends Service<SandboxAddress> {
  /** Kills every process of every pod at once: for the last moment of our own process. */
  killAll(): void
  /** The time of the cluster, in milliseconds: the machine's, unless somebody steers it. */
  now(): number
}

interface Deps {
  clock: Clock
  log: Logger
}

/**
 * A control plane in memory that behaves as Kubernetes for what tools' jobs need; each start begins with nothing.
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
      return running.listen(host, port)
    },
    stop: async () => {
      const stopped = running
      running = undefined
      await stopped?.end()
    },
    killAll: () => running?.runner.killAll(),
    now: () => running?.now() ?? deps.clock.now(),
  }
}

interface Running {
  runner: PodRunner
  now(): number
  begin(): void
  listen(host: string, port: number): Promise<SandboxAddress>
  end(): Promise<void>
}

function assemble(settings: SandboxSettings, { clock: machine, log }: Deps): Running {
  const { watch_history: history = 1000 } = settings
  const admission = [namespaceLifecycle, limitRanger, clusterIp, certificates, escalation, resourceQuota]
  const control = createControl(settings.control_socket, {
    clock: machine,
    log,
    activity: () => store.version(),
    rest: () => runner.rest(),
  })
  const { clock, connections } = control
  const deps = { clock, machine, log }
  const store = createStore({ ...deps, kinds, admission, history })
  const tokens = createTokens({ store, clock })
  const { recorder } = createEvents({ ...deps, store, events })
  const record = {
    scheduler: recorder({ component: 'default-scheduler' }),
    kubelet: recorder({ component: 'kubelet', host: nodeName }),
  }
  const runner = createPodRunner(
    { pods: settings.pods ?? 'processes', directory: settings.data_dir, images: settings.images ?? [] },
    { ...deps, store, pods, record },
  )
  const controllers = [
    createJobController({ ...deps, store, jobs, pods, record: recorder({ component: 'job-controller' }) }),
    createCronJobController({ ...deps, store, cronJobs, jobs, record: recorder({ component: 'cronjob-controller' }) }),
    createReplicaSetController({
      ...deps,
      store,
      replicaSets,
      pods,
      record: recorder({ component: 'replicaset-controller' }),
    }),
    createDeploymentController({
      ...deps,
      store,
      deployments,
      replicaSets,
      record: recorder({ component: 'deployment-controller' }),
      portsCollide: settings.pods !== 'none',
    }),
    createCertificateCleaner({ ...deps, store, certificateSigningRequests }),
    ...signers(settings).map(signer => createCertificateSigner({ ...deps, store, certificateSigningRequests, signer })),
  ]
  const answer = control.around(createApi({ ...deps, store, tokens, logs: runner.logs }))
  const server = createServer(settings, { ...deps, connections, answer, userOfToken: tokens.userOf })
  const ingress = createIngressServer({ store, machine, log })
  let ends: (() => void)[] = []
  return {
    runner,
    now: clock.now,
    begin: () => {
      ends = startHousekeeping(store, { log: deps.log, rootCa: settings.client_ca })
      bootstrap(store)
      for (const controller of controllers) controller.start()
      runner.start()
    },
    listen: async (host, port) => {
      const address = httpAddress('https', await server.listen(host, port))
      const { ingress_port: ingressPort } = settings
      const served = ingressPort === undefined ? undefined : await ingress.listen(host, ingressPort)
      // Not before: who fails to listen must not keep the socket from the next one.
      await control.open(store)
      return served === undefined ? address : { ...address, ingress: httpAddress('http', served) }
    },
    end: async () => {
      await control.close()
      await ingress.close()
      await server.close()
      for (const controller of controllers) controller.stop()
      await runner.stop()
      for (const end of ends) end()
    },
  }
}

/** @throws Error for a key that belongs to none of the CAs. */
const signers = ({ client_ca: certificate, client_ca_key: key }: SandboxSettings): Signer[] =>
  key === undefined ? [] : [createSigner({ certificate, key })]

function httpAddress(scheme: 'http' | 'https', { address, family, port }: AddressInfo): HttpAddress {
  const name = family === 'IPv6' ? `[${address}]` : address
  return { host: address, port, url: `${scheme}://${name}:${port}` }
}

const startHousekeeping = (store: Store, { log, rootCa }: { log: Logger; rootCa: string }): (() => void)[] => [
  startGarbageCollector(store),
  startRootCaPublisher(store, rootCa),
  startServiceAccounts(store),
  startNamespaceController({ store, log }),
  startQuotaStatus(store),
]
