import { childrenOf, elementsOf, tags } from './der.ts'

/** `peer [3] EXPLICIT Certificate` of OpenSSL's `SSL_SESSION_ASN1`, which has been so since there are sessions. */
const peerTag = 0xa3

/**
 * The other side's certificate (DER) in a TLS session as `TLSSocket.getSession()` writes it; undefined where it gave none.
 * @throws MalformedDer
 */
export function certificateInSession(session: Buffer): Buffer | undefined {
  const peer = childrenOf(elementsOf(session)[0], tags.sequence).find(({ tag }) => tag === peerTag)
  // A copy: around it lies the key of the session.
  return peer && Buffer.from(peer.content)
}
