import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createJobsApi } from '../api/service.ts'
import type { ToolAccount } from '../directory/directory.ts'
import { objectsOf } from '../kubeusers/manifest.ts'
import { createKubeusers, type Kubeusers } from '../kubeusers/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Service } from '../platform/lifecycle.ts'
import type { Logger } from '../platform/log.ts'
import { findProgram } from '../sandbox/pods/images.ts'
import { defaultPath } from '../sandbox/pods/runner.ts'
import { createSandbox } from '../sandbox/service.ts'
import { accountsFileOf, prepareAccounts, readAccounts } from './accounts.ts'
import { type AdminAccess, createObjects } from './admin.ts'
import { apiConfigOf, controlSocketOf, kubeusersConfigOf, sandboxSettingsOf } from './configs.ts'
import { imageConfigMap, localImages } from './images.ts'
import { createParts, onPort } from './parts.ts'
import { type Address, createPassthrough } from './passthrough.ts'
import { createPki, type Pki } from './pki.ts'
import { firstPass, remarksOnTools } from './provision.ts'
import { homesIn, type LocalTool, ownUid, toolIn } from './tools.ts'

/** What the platform on this machine is told. */
export interface LocalOptions {
  /** Folder for homes, logs and certificates. */
  readonly dir: string
  /** Of the passthrough, of the cluster, and of published jobs; another when it is taken, 0 for any. */
  readonly port: number
  readonly controlPlanePort: number
  readonly webPort: number
  /** Tools that there must be, besides those of earlier runs. */
  readonly tools: readonly string[]
  readonly pods: 'processes' | 'none'
}

/** Where everything is, once it runs. */
export interface LocalAddresses {
  /** Behind the passthrough, as users come in. */
  readonly api_url: string
  /** The API's own ports: plain mutual TLS, the one behind the PROXY protocol, and the operators' plain HTTP. */
  readonly api_direct_url: string
  readonly api_proxy: Address
  readonly api_admin_url: string
  readonly kubeusers_admin_url: string
  readonly control_plane_url: string
  /** Where published jobs are served, each to who asks for its tool's host. */
  readonly web_url: string
  /** Steers the cluster's clock and asks for faults (src/sandbox/README.md); absent where its path would be too long. */
  readonly control_socket: string | undefined
  readonly ca_file: string
  /** Those that may work. */
  readonly tools: readonly LocalTool[]
  /** The file that says which tools there are. */
  readonly accounts_file: string
  /** Programs that images promise and this machine lacks, tools that could not be made, in sentences. */
  readonly remarks: readonly string[]
}

const charts = join(import.meta.dirname, '../../charts/kubeusers')
const chart = (file: string): string => readFileSync(join(charts, file), 'utf8')

/** What jobs will miss here. */
function remarksOnPrograms(): string[] {
  const missing = new Set(
    localImages.map(({ needs }) => needs).filter(name => findProgram(name, defaultPath) === undefined),
  )
  return missing.size === 0
    ? []
    : [`this machine has no ${[...missing].join(', ')}: images that promise it run without`]
}

/** The names of those that may work, first the ones that were asked for. */
function usable(accounts: readonly ToolAccount[], asked: readonly string[]): string[] {
  const names = accounts.filter(({ disabled }) => disabled === undefined).map(({ name }) => name)
  return [...new Set([...asked.filter(name => names.includes(name)), ...names])]
}

const urlOf = ({ host, port }: Address): string => `https://${host}:${port}`
const plainUrlOf = ({ host, port }: Address): string => `http://${host}:${port}`

/** The platform of one machine, and how to end what it runs when there is no time for more. */
export interface LocalPlatform extends Service<LocalAddresses> {
  /** Kills the processes of all pods at once: for the last moment of our own process. */
  killAll(): void
}

/** The platform on one machine: the parts of production, composed alike, with a cluster in memory. */
export function createLocalPlatform(
  options: LocalOptions,
  { clock, log }: { clock: Clock; log: Logger },
): LocalPlatform {
  const parts = createParts()
  const host = '127.0.0.1'
  const homes = homesIn(options.dir)
  const accounts = accountsFileOf(options.dir)
  let killAll = () => {}
  let now = clock.now
  /** Its services have the time of the cluster, whoever steers that, and wait by the machine's. */
  const time: Clock = { now: () => now(), sleep: clock.sleep }

  function startSandbox(pki: Pki, { port, webPort }: { port: number; webPort: number }) {
    const settings = sandboxSettingsOf({ pki, port, webPort, options })
    const sandbox = createSandbox(settings, { clock, log: log.child({ part: 'cluster' }) })
    killAll = sandbox.killAll
    now = sandbox.now
    return parts.add(sandbox.start, sandbox.stop)
  }

  async function startCluster(pki: Pki): Promise<{ access: AdminAccess; webUrl: string }> {
    const address = await onPort(options.webPort, webPort =>
      onPort(options.controlPlanePort, port => startSandbox(pki, { port, webPort })),
    )
    const access = { url: urlOf(address), ca: pki.ca, pair: pki.admin }
    await createObjects(access, [
      ...objectsOf(chart('rbac.yaml')),
      ...objectsOf(chart('service.yaml')),
      imageConfigMap(),
    ])
    return { access, webUrl: address.ingress?.url ?? '' }
  }

  async function startKubeusers(
    controlPlaneUrl: string,
    pki: Pki,
  ): Promise<{ kubeusers: Kubeusers; adminUrl: string }> {
    const config = kubeusersConfigOf({ pki, controlPlaneUrl, homes, accounts, uid: ownUid() })
    const kubeusers = createKubeusers(config, { clock: time, log: log.child({ part: 'kubeusers' }) })
    const { admin } = await parts.add(kubeusers.start, kubeusers.stop)
    return { kubeusers, adminUrl: plainUrlOf(admin) }
  }

  return {
    async start() {
      mkdirSync(homes, { recursive: true })
      await prepareAccounts(accounts, { tools: options.tools, clock })
      // What is wrong with the file is said before anything runs.
      const { tools } = readAccounts(accounts, ownUid())
      const pki = await createPki(join(options.dir, 'pki'), clock.now())
      const { access, webUrl } = await startCluster(pki)
      // It works while the others start.
      const { kubeusers, adminUrl } = await startKubeusers(access.url, pki)
      const config = apiConfigOf({ pki, controlPlaneUrl: access.url, homes })
      const api = createJobsApi(config, { clock: time, log: log.child({ part: 'api' }) })
      const { port, proxyPort = 0, admin } = await parts.add(api.start, api.stop)
      const behind = { host, port: proxyPort }
      const passthrough = createPassthrough(() => behind, log.child({ part: 'passthrough' }))
      const front = await parts.add(() => passthrough.start({ host, port: options.port }), passthrough.stop)
      const report = await firstPass(kubeusers.ready, clock)
      return {
        api_url: urlOf(front),
        api_direct_url: urlOf({ host, port }),
        api_proxy: behind,
        api_admin_url: plainUrlOf(admin),
        kubeusers_admin_url: adminUrl,
        control_plane_url: access.url,
        web_url: webUrl,
        control_socket: controlSocketOf(options.dir),
        ca_file: pki.caFile,
        tools: usable(tools, options.tools).map(name => toolIn(options.dir, name)),
        accounts_file: accounts,
        remarks: [...remarksOnPrograms(), ...remarksOnTools(report)],
      }
    },
    stop: parts.stop,
    killAll: () => killAll(),
  }
}
