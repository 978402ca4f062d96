import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Section } from '../platform/config.ts'

export const kubeConfig = Section(
  {
    server: Type.String({
      default: 'https://kubernetes.default.svc',
      pattern: '^https://[^/]+$',
      env: 'KUBE_SERVER',
      description: "The Kubernetes API server's address, without a path.",
    }),
    ca_file: Type.String({
      default: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      env: 'KUBE_CA_FILE',
      description: "PEM file of the CAs that sign the API server's certificate.",
    }),
    timeout_ms: Type.Integer({
      default: 10_000,
      minimum: 10,
      maximum: 120_000,
      env: 'KUBE_TIMEOUT_MS',
      description: 'Milliseconds for one call; for watches and logs until they begin.',
    }),
  },
  'The control plane.',
)
export type KubeConfig = Static<typeof kubeConfig>

export const viewsConfig = Section(
  {
    enabled: Type.Boolean({
      default: true,
      env: 'VIEWS_ENABLED',
      description: 'Whether reads are answered from memory; without, each one asks the control plane.',
    }),
    most: Type.Integer({
      default: 1000,
      minimum: 1,
      maximum: 1000,
      env: 'VIEWS_MOST',
      description: 'Tools kept in memory at once; with more, the one used longest ago gives way.',
    }),
    idle_s: Type.Number({
      default: 300,
      minimum: 1,
      maximum: 86_400,
      env: 'VIEWS_IDLE_S',
      description: 'Seconds without a request after which a tool is kept in memory no longer.',
    }),
    lease_s: Type.Number({
      default: 4,
      minimum: 0.1,
      maximum: 60,
      env: 'VIEWS_LEASE_S',
      description:
        'Seconds for which the control plane need not be asked again whether the tool may still see its objects: how long a tool that is shut off can go on reading.',
    }),
    behind_s: Type.Number({
      default: 10,
      minimum: 1,
      maximum: 120,
      env: 'VIEWS_BEHIND_S',
      description: 'Seconds without a sign of life after which what is in memory is not used.',
    }),
  },
  "Tools' objects in memory, kept up to date by watches.",
)
export type ViewsConfig = Static<typeof viewsConfig>

/** The control plane, its settings read. */
export interface ControlPlane {
  server: string
  /** PEM of one or more CAs. */
  ca: string
  timeout_ms: number
  /** Milliseconds between pings of a connection; 5,000 where nothing is said. */
  ping_ms?: number
  /** What we call ourselves (User-Agent), before the version; `toolforge-jobs-api` where nothing is said. */
  agent?: string
}

/** Reads what the settings name. @throws Error when the file cannot be read */
export const readControlPlane = ({ server, ca_file, timeout_ms }: KubeConfig): ControlPlane => ({
  server,
  ca: readFileSync(ca_file, 'utf8'),
  timeout_ms,
})
