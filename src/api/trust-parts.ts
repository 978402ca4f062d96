import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { parseBundle } from '../pki/bundle.ts'
import { nobodyDenied, parseDenyList } from '../pki/deny-list.ts'
import type { IdentityTrust } from '../pki/identity.ts'

export interface TrustConfig {
  client_ca_file: string
  certificate_file: string
  key_file: string
  deny_list_file?: string
  /** Seconds between two looks at the files. */
  reload_seconds: number
}

/** What the TLS server is made of, both PEM. */
export interface TlsFiles {
  cert: string
  key: string
}

/** `identity`: who is believed has changed; `tls`: the server needs a new context. */
export interface TrustChange {
  identity: boolean
  tls: boolean
}

/** One thing that is read, checked and swapped as a whole. */
export interface Part {
  name: string
  files: string[]
  /** The texts of the files when they were last taken. */
  taken: string[]
  /** What was last said against them, so that it is said once. */
  complaint: string | undefined
  /** Checks the texts, then takes them; throws when they are wrong. */
  take(texts: string[]): TrustChange
}

/** @throws Error when a certificate and a key cannot serve together; a TLS server would take them and then fail every handshake. */
function checkServer(cert: string, key: string): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new Error('The key does not belong to the certificate')
  createSecureContext({ cert, key })
}

export interface TrustState {
  identity: IdentityTrust
  /** Grows whenever `identity` changes. */
  generation: number
  tls: TlsFiles
}

export interface TrustParts {
  state: Readonly<TrustState>
  parts: Part[]
  /** Takes a deny list; throws when it is wrong. */
  takeDenyList(json: string): TrustChange
}

/** What is believed, and the parts that it is read from, not read yet. */
export function createTrustParts(config: TrustConfig): TrustParts {
  const state: TrustState = {
    identity: { authorities: [], denied: nobodyDenied },
    generation: 0,
    tls: { cert: '', key: '' },
  }
  function believe(change: Partial<IdentityTrust>): void {
    state.identity = { ...state.identity, ...change }
    state.generation += 1
  }
  function takeDenyList(json: string): TrustChange {
    believe({ denied: parseDenyList(json) })
    return { identity: true, tls: false }
  }
  const part = (name: string, files: string[], take: Part['take']): Part => ({
    name,
    files,
    take,
    taken: [],
    complaint: undefined,
  })
  const parts = [
    part('certificate authorities', [config.client_ca_file], ([ca = '']) => {
      believe({ authorities: parseBundle(ca) })
      // Tickets die with the context: also those of clients that are strangers now.
      return { identity: true, tls: true }
    }),
    part('server certificate', [config.certificate_file, config.key_file], ([cert = '', key = '']) => {
      checkServer(cert, key)
      state.tls = { cert, key }
      return { identity: false, tls: true }
    }),
  ]
  if (config.deny_list_file !== undefined)
    parts.push(part('deny list', [config.deny_list_file], ([json = '']) => takeDenyList(json)))
  return { state, parts, takeDenyList }
}

/** Reads a part's files and takes them where they are new; undefined where nothing is. */
export async function refresh(part: Part): Promise<TrustChange | undefined> {
  const texts = await Promise.all(part.files.map(file => readFile(file, 'utf8')))
  if (texts.every((text, index) => text === part.taken[index])) return undefined
  const change = part.take(texts)
  part.taken = texts
  return change
}
