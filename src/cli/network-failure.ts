import { codeOf, Unreachable } from './failure.ts'

/** Whom a request went to, as far as a failure's text needs it. */
export interface Peer {
  readonly host: string
  readonly port: number
  /** Where the authority that the server's certificate is checked with comes from. */
  readonly caSource: string
}

const passing: Record<string, (peer: Peer) => string> = {
  ECONNREFUSED: ({ host, port }) => `Nothing listens on port ${port} of ${host} (connection refused).`,
  ECONNRESET: ({ host }) => `${host} closed the connection without an answer.`,
  EPIPE: ({ host }) => `${host} closed the connection without an answer.`,
  EAI_AGAIN: ({ host }) => `The name ${host} could not be looked up: the name server did not answer.`,
  ENOTFOUND: ({ host }) => `No address is known for the name ${host}.`,
  ETIMEDOUT: ({ host }) => `${host} did not answer in time.`,
  EHOSTUNREACH: ({ host }) => `There is no way to ${host} from here (host unreachable).`,
  ENETUNREACH: ({ host }) => `There is no way to ${host} from here (network unreachable).`,
}

const untrusted = ({ host, caSource }: Peer): string =>
  `The certificate of ${host} is not signed by an authority that is trusted here (looked up in ${caSource}).\n` +
  'Name the file with the right CA as jobs.ca_file in ~/.config/toolforge.yaml.'

const lasting: Record<string, (peer: Peer) => string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: ({ host }) => `The certificate of ${host} has expired: its administrators must renew it.`,
  CERT_NOT_YET_VALID: ({ host }) => `The certificate of ${host} is not valid yet: is this machine's clock right?`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => `The certificate of the server is not for ${host}, but for another name.`,
}

/** An error of the network in words, and whether trying again may help. */
export function unreachable(error: unknown, peer: Peer): Unreachable {
  if (error instanceof Unreachable) return error
  const code = codeOf(error) ?? ''
  const lastingText = lasting[code]
  if (lastingText !== undefined) return new Unreachable(lastingText(peer), { passing: false, cause: error })
  return new Unreachable((passing[code] ?? otherwise(error, code))(peer), { passing: true, cause: error })
}

const otherwise =
  (error: unknown, code: string) =>
  ({ host, port }: Peer): string => {
    const text = error instanceof Error ? error.message.replace(/\s+/g, ' ').trim() : String(error)
    const tls = code === 'EPROTO' || code.startsWith('ERR_SSL')
    return tls
      ? `Port ${port} of ${host} does not speak TLS as expected: ${text}`
      : `${host} could not be asked: ${text}${code === '' ? '' : ` (${code})`}`
  }
