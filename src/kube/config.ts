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

/** The control plane, its settings read. */
export interface ControlPlane {
  server: string
  /** PEM of one or more CAs. */
  ca: string
  timeout_ms: number
}

/** Reads what the settings name. @throws Error when the file cannot be read */
export const readControlPlane = ({ server, ca_file, timeout_ms }: KubeConfig): ControlPlane => ({
  server,
  ca: readFileSync(ca_file, 'utf8'),
  timeout_ms,
})
