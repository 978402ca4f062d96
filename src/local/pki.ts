import { join } from 'node:path'
import { createAuthority, type KeyPair, type Subject } from '../pki/authority.ts'
import { writeWhole } from './home.ts'

const hour = 3_600_000
/** Longer than anybody lets a sandbox run: the cluster's clock may be put forward by a year. */
const life = 2 * 365 * 24 * hour

/** The certificates of one run of the sandbox: one authority signs for clients and servers alike. */
export interface Pki {
  /** PEM of the authority, and the file that holds it. */
  readonly ca: string
  readonly caFile: string
  readonly server: KeyPair
  readonly serverFiles: { readonly certificate: string; readonly key: string }
  /** Of the group system:masters. */
  readonly admin: KeyPair
  /** Of the jobs API's own account, which may read the deny list. */
  readonly serviceFiles: { readonly certificate: string; readonly key: string }
  /** A new certificate for a tool. */
  issueTool(tool: string): Promise<KeyPair>
}

/** Makes an authority and what it signs; keys are files only where a service must read them, with mode 0600. */
export async function createPki(folder: string, now: number): Promise<Pki> {
  // As Kubernetes' signer does: a clock that is a little behind must not refuse a new certificate.
  const validity = { notBefore: now - 5 * 60_000, notAfter: now + life }
  const authority = await createAuthority({ commonName: 'toolforge sandbox', ...validity })
  const client = (subject: Subject) => authority.issue({ subject, usages: ['clientAuth'], ...validity })
  const hosts = ['localhost', '127.0.0.1', '::1']
  const server = await authority.issue({ subject: [{ CN: ['localhost'] }], usages: ['serverAuth'], hosts, ...validity })
  const caFile = join(folder, 'ca.crt')
  const serverFiles = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') }
  const service = await client([{ CN: ['service:jobs-api'] }])
  const serviceFiles = { certificate: join(folder, 'service.crt'), key: join(folder, 'service.key') }
  writeWhole(serviceFiles.certificate, service.certificate, 0o644)
  writeWhole(serviceFiles.key, service.key, 0o600)
  writeWhole(caFile, authority.certificate, 0o644)
  writeWhole(serverFiles.certificate, server.certificate, 0o644)
  writeWhole(serverFiles.key, server.key, 0o600)
  return {
    ca: authority.certificate,
    caFile,
    server,
    serverFiles,
    serviceFiles,
    admin: await client([{ O: ['system:masters'] }, { CN: ['sandbox-admin'] }]),
    issueTool: tool => client([{ O: ['toolforge'] }, { CN: [tool] }]),
  }
}
