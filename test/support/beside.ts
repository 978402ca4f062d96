import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyPair } from '../../src/pki/authority.ts'
import type { RealCluster } from './real-cluster.ts'

/** The API's listener on free ports, with these PEM files. */
export const listenerOf = (client_ca_file: string, { certificate, key }: { certificate: string; key: string }) => ({
  host: '127.0.0.1',
  port: 0,
  proxy_port: 0,
  proxy_peers: ['127.0.0.1/32'],
  client_ca_file,
  certificate_file: certificate,
  key_file: key,
})

const day = 86_400_000

/** Writes into a folder what an API beside a real cluster needs, and gives its configuration. */
export async function besideCluster({ authority, ca, url, homes }: RealCluster, folder: string) {
  const file = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
    return join(folder, name)
  }
  const now = Date.now()
  const server: KeyPair = await authority.issue({
    subject: [{ CN: ['jobs-api'] }],
    usages: ['serverAuth'],
    hosts: ['localhost', '127.0.0.1'],
    notBefore: now - 300_000,
    notAfter: now + day,
  })
  const caFile = file('ca.crt', ca, 0o644)
  const files = { certificate: file('server.crt', server.certificate), key: file('server.key', server.key) }
  const config = {
    listener: listenerOf(caFile, files),
    homes: { root: homes },
    kubernetes: { server: url, ca_file: caFile },
    jobs: { mounts: [{ name: 'home', path: homes }] },
  }
  return { caFile, server, config }
}
