import { join } from 'node:path'
import { createAuthority, type KeyPair, type Subject } from '../pki/authority.ts'
import { writeWhole } from './whole-file.ts'

const hour = 3_600_000
/** Longer than anybody lets a sandbox run: the cluster's clock may be put forward by a year. */
const life = 2 * 365 * 24 * hour

/** Where a certificate and its key are. */
export interface PairFiles {
  readonly certificate: string
  readonly key: string
}

/** The certificates of one run of the sandbox: one authority signs for clients and servers alike. */
export interface Pki {
  /** PEM of the authority, and the file that holds it; the cluster signs requests with its key. */
  readonly ca: string
  readonly caFile: string
  readonly caKey: string
  readonly server: KeyPair
  readonly serverFiles: PairFiles
  /** Of the group system:masters. */
  readonly admin: KeyPair
  /** Of the jobs API's own account, which may read the deny list. */
  readonly serviceFiles: PairFiles
  /** Of kubeusers' own account. */
  readonly kubeusersFiles: PairFiles
}

/** Makes an authority and what it signs; keys are files only where a service must read them, with mode 0600. */
export async function createPki(folder: string, now: number): Promise<Pki> {
  // As Kubernetes' signer does: a clock that is a little behind must not refuse a new certificate.
  const validity = { notBefore: now - 5 * 60_000, notAfter: now + life }
  const authority = await createAuthority({ commonName: 'toolforge sandbox', ...validity })
  const client = (subject: Subject) => authority.issue({ subject, usages: ['clientAuth'], ...validity })
  const write = (name: string, pair: KeyPair): PairFiles => {
    const files = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
    writeWhole(files.certificate, pair.certificate, 0o644)
    writeWhole(files.key, pair.key, 0o600)
    return files
  }
  const hosts = ['localhost', '127.0.0.1', '::1']
  const server = await authority.issue({ subject: [{ CN: ['localhost'] }], usages: ['serverAuth'], hosts, ...validity })
  const caFile = join(folder, 'ca.crt')
  writeWhole(caFile, authority.certificate, 0o644)
  return {
    ca: authority.certificate,
    caFile,
    caKey: authority.key,
    server,
    serverFiles: write('server', server),
    serviceFiles: write('service', await client([{ CN: ['service:jobs-api'] }])),
    kubeusersFiles: write('kubeusers', await client([{ CN: ['service:kubeusers'] }])),
    admin: await client([{ O: ['system:masters'] }, { CN: ['sandbox-admin'] }]),
  }
}
