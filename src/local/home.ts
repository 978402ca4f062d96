import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { namespaceOf } from '../contract/limits.ts'
import type { KeyPair } from '../pki/authority.ts'

/** What a home is made from: where the cluster is, and how the tool proves who it is. */
export interface HomeContent {
  readonly tool: string
  readonly server: string
  /** PEM of the CA that signs the cluster's certificate. */
  readonly ca: string
  readonly pair: KeyPair
}

/** Writes a file whole or not at all, with its mode from the first byte on. */
export function writeWhole(file: string, text: string, mode: number): void {
  mkdirSync(dirname(file), { recursive: true })
  const next = `${file}.new`
  writeFileSync(next, text, { mode })
  chmodSync(next, mode)
  renameSync(next, file)
}

/** The kubeconfig of a tool, as a real one has it: the paths are relative, so that the home can move. */
const kubeconfigOf = ({ tool, server, ca }: HomeContent): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'toolforge', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    contexts: [
      { name: 'toolforge', context: { cluster: 'toolforge', namespace: namespaceOf(tool), user: `tf-${tool}` } },
    ],
    users: [
      {
        name: `tf-${tool}`,
        user: { 'client-certificate': '../.toolskube/client.crt', 'client-key': '../.toolskube/client.key' },
      },
    ],
    'current-context': 'toolforge',
    preferences: {},
  })

/** Makes, or renews, the home of a tool at `home`; files of its user stay. Returns the kubeconfig's path. */
export function writeHome(home: string, content: HomeContent): string {
  mkdirSync(join(home, 'logs'), { recursive: true })
  chmodSync(home, 0o2775)
  for (const folder of ['.kube', '.toolskube']) mkdirSync(join(home, folder), { recursive: true, mode: 0o700 })
  writeWhole(join(home, '.toolskube/client.key'), content.pair.key, 0o400)
  writeWhole(join(home, '.toolskube/client.crt'), content.pair.certificate, 0o400)
  const kubeconfig = join(home, '.kube/config')
  writeWhole(kubeconfig, kubeconfigOf(content), 0o600)
  return kubeconfig
}
