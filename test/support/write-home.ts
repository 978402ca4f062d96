import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { namespaceOf } from '../../src/contract/limits.ts'
import type { Pki } from '../../src/local/pki.ts'
import { writeWhole } from '../../src/local/whole-file.ts'
import { type KeyPair, loadAuthority } from '../../src/pki/authority.ts'

/** What a home is made from: where the cluster is, and how the tool proves who it is. */
export interface HomeContent {
  readonly tool: string
  readonly server: string
  /** PEM of the CA that signs the cluster's certificate. */
  readonly ca: string
  readonly pair: KeyPair
}

/** The kubeconfig of a tool, as kubeusers writes it. */
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

/** Makes, or renews, the home of a tool at `home` where no kubeusers does. Returns the kubeconfig's path. */
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

const day = 86_400_000

/** A certificate for a tool that the authority of a sandbox signs, where no kubeusers asks for one. */
export async function issueTool({ ca, caKey }: Pki, tool: string): Promise<KeyPair> {
  const authority = await loadAuthority({ certificate: ca, key: caKey })
  const now = Date.now()
  return authority.issue({
    subject: [{ O: ['toolforge'] }, { CN: [tool] }],
    usages: ['clientAuth'],
    notBefore: now - 300_000,
    notAfter: now + 2 * 365 * day,
  })
}
