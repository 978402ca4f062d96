import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Directory, Listing } from '../../src/directory/directory.ts'
import type { ProvisionConfig } from '../../src/homes/provision-config.ts'
import { provisionConfig } from '../../src/homes/provision-config.ts'
import { createProvisioner } from '../../src/homes/provisioner.ts'
import { createPlatformCluster } from '../../src/kube/platform-cluster.ts'
import { createCensusMemory } from '../../src/kubeusers/census.ts'
import { createEngine, type Engine } from '../../src/kubeusers/engine.ts'
import { openTemplateFiles } from '../../src/kubeusers/files.ts'
import { createHomesPort } from '../../src/kubeusers/homes.ts'
import { createLedgerStore } from '../../src/kubeusers/ledger.ts'
import { createMetrics } from '../../src/kubeusers/metrics.ts'
import { createDenyList } from '../../src/kubeusers/steps/deny-list.ts'
import { createTell } from '../../src/kubeusers/steps/events.ts'
import type { HomesPort } from '../../src/kubeusers/steps/homes-port.ts'
import { createIssuer } from '../../src/kubeusers/steps/issue.ts'
import { createRequestWatch } from '../../src/kubeusers/steps/request-watch.ts'
import { type Clock, systemClock } from '../../src/platform/clock.ts'
import { parseConfig } from '../../src/platform/config.ts'
import { quietLog } from '../../src/platform/log.ts'
import { apply, chartObjects } from './chart.ts'
import { failingDisk } from './failing-disk.ts'
import { startSandbox } from './sandbox.ts'

const day = 86_400_000
const namespace = 'toolforge-system'
export const user = 'service:kubeusers'

/** Called before each call of the cluster and each step in a home, with its number; what it throws is the outcome. */
export type OnStep = (step: number) => void

/** What an engine meets. */
export interface EngineOptions {
  /** What the directory says. @throws DirectoryError where it cannot be read */
  listing(): Listing | Promise<Listing>
  onStep?: OnStep
  /** Milliseconds by which its clock is wrong. */
  clockOff?(): number
}

/** An engine that can be killed: from then on nothing that it began gets any further. */
export interface KillableEngine {
  readonly engine: Engine
  kill(): void
  stop(): Promise<void>
}

/** Milliseconds that a task in a home may take: a busy machine needs some of them. */
const homeDeadline = 1000

/**
 * A sandbox with real homes, on a disk of their own where that is said, in which kubeusers' engine works. Certificates are good
 * for `life` milliseconds.
 */
export async function kubeusersWorld(t: Test, { hasDisk = false, life = 90 * day } = {}) {
  const { sandbox, endpoint, keys, admin, control } = await startSandbox(t)
  const { now } = sandbox
  await apply(admin, [...(await chartObjects('rbac.yaml')), ...(await chartObjects('service.yaml'))])
  const pair = await keys([{ CN: [user] }])
  const folder = mkdtempSync(join(tmpdir(), 'kubeusers-'))
  chmodSync(folder, 0o755)
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const disk = hasDisk ? await failingDisk(t, folder) : undefined
  const root = disk?.root ?? join(folder, 'project')
  mkdirSync(root, { mode: 0o755, recursive: true })
  const config: ProvisionConfig = parseConfig(provisionConfig, '', {
    ...{ HOMES_ROOT: root, HOMES_MIN_UID: '0', HOMES_DEADLINE_MS: String(homeDeadline) },
  })
  const access = { server: endpoint.url, ca: endpoint.ca, authorities: [endpoint.ca] }
  const provisioner = createProvisioner(config, {
    clock: { now, sleep: systemClock.sleep },
    log: quietLog,
    cluster: () => access,
  })
  t.teardown(() => provisioner.stop())
  const realHomes = createHomesPort(provisioner, { kind: 'tool', anyIsOurs: false })

  /** Lets time pass, for the cluster and for kubeusers alike. */
  async function advance(milliseconds: number): Promise<void> {
    await control.clock.advance(milliseconds / 1000)
  }

  function engine({ listing, onStep = () => {}, clockOff = () => 0 }: EngineOptions): KillableEngine {
    const ended = new AbortController()
    let steps = 0
    let isDead = false
    const step = (): void => {
      if (isDead) throw new Error('killed')
      onStep(steps++)
    }
    const clock: Clock = { now: () => now() + clockOff(), sleep: systemClock.sleep }
    const plain = createPlatformCluster({ ...endpoint, server: endpoint.url, timeout_ms: 5000 }, pair, {
      clock,
      onCall: step,
    })
    const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
      step()
      return work()
    }
    const homes: HomesPort = {
      look: owner =>
        guarded(() => realHomes.look(owner)).catch((error: unknown) => ({
          unreadable: error instanceof Error ? error.message : String(error),
        })),
      prepare: (owner, options) => guarded(() => realHomes.prepare(owner, options)),
      install: (owner, certificate) => guarded(() => realHomes.install(owner, certificate)),
      settle: owner => guarded(() => realHomes.settle(owner)),
      disable: owner => guarded(() => realHomes.disable(owner)),
    }
    const directory: Directory = {
      async read() {
        return listing()
      },
      async *changes() {},
      async close() {},
    }
    const watch = createRequestWatch({ cluster: plain, clock, log: quietLog })
    const issuer = createIssuer({
      ...{ cluster: plain, watch, clock, signer: 'kubernetes.io/kube-apiserver-client' },
      ...{ life_s: life / 1000, patience: 5000 },
    })
    const store = createLedgerStore(plain, namespace)
    const files = openTemplateFiles(
      { manifest_file: join(import.meta.dirname, '../../charts/kubeusers/tool.yaml') },
      quietLog,
    )
    watch.start(ended.signal)
    const made = createEngine(
      {
        ...{ directory, cluster: plain, homes, issuer, clock, namespace, concurrency: 4, log: quietLog },
        people: { cluster: plain, homes, issuer, clock },
        ledger: store,
        template: files.template,
        memory: createCensusMemory(),
        denyList: createDenyList({ cluster: plain, clock, namespace, longestLife: 366 * day }),
        tell: createTell({ cluster: plain, clock, log: quietLog }),
        deleted: tool =>
          store.change(ledger => ({ ...ledger, deletions: [...ledger.deletions, { tool, at: clock.now() }] })),
        metrics: createMetrics({ leading: () => true, failing: () => 0 }),
        terms: { absence: 600_000, grace: 40 * day, reissue: 60_000 },
        safety: {
          ...{ most: 3, share: 0.01, window: day, shrink: 0.1, mostDisabled: 10, disabledShare: 0.25 },
          ...{ homesShare: 0.05, skew: 300_000, gap: day, steady: 600_000 },
        },
      },
      ended.signal,
    )
    return {
      engine: made,
      kill() {
        isDead = true
        ended.abort(new Error('killed'))
      },
      async stop() {
        ended.abort(new Error('stopped'))
        await plain.close()
      },
    }
  }

  /** Takes all tools away, with what kubeusers remembers of them. */
  async function clear(): Promise<void> {
    await control.faults.clear()
    const { items } = JSON.parse((await admin.call('GET', '/api/v1/namespaces?labelSelector=tenancy%3Dtool')).text)
    for (const { metadata } of items) await admin.call('DELETE', `/api/v1/namespaces/${metadata.name}`)
    for (const name of ['deny-list', 'kubeusers'])
      await admin.call('DELETE', `/api/v1/namespaces/${namespace}/configmaps/${name}`)
    const csrs = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
    for (const { metadata } of JSON.parse((await admin.call('GET', csrs)).text).items)
      await admin.call('DELETE', `${csrs}/${metadata.name}`)
    for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true })
  }

  return { engine, advance, clear, admin, control, root, disk, homes: realHomes, now }
}

export type KubeusersWorld = Awaited<ReturnType<typeof kubeusersWorld>>
