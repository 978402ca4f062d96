import { readFileSync } from 'node:fs'
import type { Directory } from '../directory/directory.ts'
import { createProvisioner, type Provisioner } from '../homes/provisioner.ts'
import type { ControlPlane } from '../kube/config.ts'
import type { PlatformCluster } from '../kube/platform-cluster.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { createCensusMemory } from './census.ts'
import type { KubeusersConfig } from './config.ts'
import { createEngine, type Engine } from './engine.ts'
import { openTemplateFiles, type TemplateFiles } from './files.ts'
import { createHomesPort, readAuthorities } from './homes.ts'
import { createLedgerStore } from './ledger.ts'
import type { Metrics } from './metrics.ts'
import type { Terms } from './plan/plan-tool.ts'
import type { SafetyTerms } from './plan/safety.ts'
import { createDenyList } from './steps/deny-list.ts'
import { createTell } from './steps/events.ts'
import { createIssuer } from './steps/issue.ts'
import { createRequestWatch, type RequestWatch } from './steps/request-watch.ts'

/** The world in which the work is done. */
export interface AssembleDeps {
  readonly directory: Directory
  readonly cluster: PlatformCluster
  readonly plane: ControlPlane
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Logger
}

/** All parts of the work, for as long as one signal lasts. */
export interface Parts {
  readonly engine: Engine
  readonly files: TemplateFiles
  /** To be started before anything is issued. */
  readonly requestWatch: RequestWatch
  /** To be stopped at the end. */
  readonly provisioner: Provisioner
}

const day = 86_400_000
/** No signer gives longer lives by default. */
const longestDefault = 366 * day

const termsOf = ({ tools, certificates }: KubeusersConfig): Terms => ({
  absence: tools.absence_s * 1000,
  grace: tools.grace_days * day,
  reissue: certificates.reissue_s * 1000,
})

const safetyOf = ({ tools, safety }: KubeusersConfig): SafetyTerms => ({
  most: safety.most,
  share: safety.share,
  window: day,
  shrink: safety.shrink,
  mostDisabled: safety.most_disabled,
  disabledShare: safety.disabled_share,
  homesShare: safety.homes_share,
  skew: safety.skew_s * 1000,
  gap: safety.gap_s * 1000,
  steady: tools.absence_s * 1000,
})

/** @throws Error when a file that the configuration names cannot be used */
export function assemble(config: KubeusersConfig, deps: AssembleDeps, signal: AbortSignal): Parts {
  const { tools, certificates, access } = config
  const { directory, cluster, plane, metrics, clock, log } = deps
  const { namespace } = config.lease
  const files = openTemplateFiles(tools, log)
  const ledger = createLedgerStore(cluster, namespace)
  const requestWatch = createRequestWatch({ cluster, clock, log })
  const authorities = readAuthorities(certificates.authorities_file)
  const clusterAccess = {
    server: access.server ?? plane.server,
    ca: access.ca_file === undefined ? plane.ca : readFileSync(access.ca_file, 'utf8'),
    authorities,
  }
  const provisioner = createProvisioner(config.homes, { clock, log, cluster: () => clusterAccess })
  const homesOf = (kind: 'tool' | 'person') =>
    createHomesPort(provisioner, { kind, anyIsOurs: authorities.length === 0 })
  const issuer = createIssuer({
    cluster,
    watch: requestWatch,
    clock,
    signer: certificates.signer,
    life_s: Math.round(certificates.life_days * 86_400),
    patience: certificates.patience_s * 1000,
  })
  const longestLife = Math.max(longestDefault, certificates.life_days * day)
  const engine = createEngine(
    {
      directory,
      cluster,
      clock,
      log,
      metrics,
      homes: homesOf('tool'),
      ledger,
      namespace,
      template: files.template,
      memory: createCensusMemory(),
      denyList: createDenyList({ cluster, clock, namespace, longestLife }),
      issuer,
      people: { cluster, issuer, clock, homes: homesOf('person') },
      tell: createTell({ cluster, clock, log }),
      deleted: tool =>
        ledger.change(before => ({ ...before, deletions: [...before.deletions, { tool, at: clock.now() }] })),
      terms: termsOf(config),
      safety: safetyOf(config),
      concurrency: tools.concurrency,
    },
    signal,
  )
  return { engine, files, requestWatch, provisioner }
}
