import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type ControlPlane, type KubeConfig, readControlPlane } from '../kube/config.ts'
import { readOperatorConfig } from '../kube/operator-config.ts'
import type { Identity } from '../kube/transport.ts'
import { ConfigError } from '../platform/config.ts'

/** Where a service has its own credentials from; one of the three. */
export interface IdentityConfig {
  readonly token_file?: string
  readonly certificate_file?: string
  readonly key_file?: string
  readonly kubeconfig?: string
}

/** @throws ConfigError when none or several are set, or a half */
export function checkIdentity({ token_file, certificate_file, key_file, kubeconfig }: IdentityConfig): void {
  if ((certificate_file === undefined) !== (key_file === undefined))
    throw new ConfigError(['identity.certificate_file, identity.key_file: set both or none'])
  const ways = [token_file, certificate_file, kubeconfig].filter(way => way !== undefined).length
  if (ways !== 1)
    throw new ConfigError([
      'identity: set one of token_file, certificate_file with key_file, and kubeconfig: the cluster must know who asks',
    ])
}

/** The control plane, and as whom it is asked. @throws Error when a file cannot be read or used */
export function readIdentity(
  kubernetes: KubeConfig,
  { token_file, certificate_file = '', key_file = '', kubeconfig }: IdentityConfig,
): { plane: ControlPlane; identity: Identity } {
  if (kubeconfig !== undefined) {
    const { server, ca, identity } = readOperatorConfig(kubeconfig)
    return { plane: { server, ca, timeout_ms: kubernetes.timeout_ms }, identity }
  }
  const plane = readControlPlane(kubernetes)
  if (token_file !== undefined)
    return { plane, identity: { token: async () => (await readFile(token_file, 'utf8')).trim() } }
  return {
    plane,
    identity: { certificate: readFileSync(certificate_file, 'utf8'), key: readFileSync(key_file, 'utf8') },
  }
}
