import { X509Certificate } from 'node:crypto'
import { isRefusal } from '../../contract/errors.ts'
import type { KubeCertificateRequest } from '../../kube/kinds.ts'
import type { PlatformCluster } from '../../kube/platform-cluster.ts'
import type { Subject } from '../../pki/authority.ts'
import { certificateFields } from '../../pki/certificate-fields.ts'
import { isWithin, lifeOf } from '../../pki/life.ts'
import { attributesOf, publicKeyHash } from '../../pki/request.ts'
import { isSameName } from '../../pki/subject.ts'
import { clientAuth } from '../../pki/usage.ts'
import type { Clock } from '../../platform/clock.ts'
import type { RequestWatch } from './request-watch.ts'

/** What is asked of the cluster's signer. */
export interface Wanted {
  /** Of the request's object; one certificate at a time is asked for under it. */
  readonly name: string
  /** PKCS #10, PEM, made by the holder of the key. */
  readonly request: string
  readonly subject: Subject
  /** SHA-256 of the public key, hexadecimal. */
  readonly publicKey: string
  /** For people who look at the request. */
  readonly message: string
}

export interface Issued {
  /** PEM. */
  readonly certificate: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

/** Gets certificates from the cluster's signer. */
export interface Issuer {
  /**
   * Submits a request, approves it, waits for the certificate, checks it, and removes the request. What a crash left of an
   * earlier try is used where it is the same, else removed.
   * @throws DomainError of the cluster; Error when the certificate is not what was asked for, or does not come
   */
  issue(wanted: Wanted): Promise<Issued>
}

export interface IssuerDeps {
  readonly cluster: PlatformCluster
  readonly watch: RequestWatch
  readonly clock: Clock
  readonly signer: string
  /** Seconds that are asked for; a signer may give less. */
  readonly life_s: number
  /** Milliseconds to wait for the certificate. */
  readonly patience: number
}

/** Marks the requests that are ours: leftovers are found by it. */
export const requestLabels = { 'app.kubernetes.io/managed-by': 'kubeusers' }

const kind = 'certificatesigningrequests'
const usages = ['client auth', 'digital signature']

/** Certificates keep whole seconds, and the signer dates them back: what differs by less is the same. */
const tolerance = 10 * 60_000

/**
 * The certificate, if it is what was asked for.
 * @throws Error saying what of it is otherwise
 */
export function checkIssued(pem: string, { subject, publicKey }: Wanted, now: number): Issued {
  const certificate = new X509Certificate(pem)
  const wrong = (what: string) => new Error(`the signer gave a certificate ${what}; it is not used`)
  const names = certificateFields(certificate.raw).subject
  if (!isSameName(names, attributesOf(subject))) throw wrong('for somebody else')
  if (publicKeyHash(certificate.publicKey) !== publicKey) throw wrong('for another key')
  if (certificate.ca) throw wrong('of a certificate authority')
  if (certificate.keyUsage?.length !== 1 || certificate.keyUsage[0] !== clientAuth)
    throw wrong('that is not one for clients and nothing else')
  const { begin, end } = lifeOf(certificate)
  if (!isWithin({ begin: begin - tolerance, end }, now)) throw wrong('that is not valid now')
  return { certificate: pem, notBefore: begin, notAfter: end }
}

export function createIssuer({ cluster, watch, clock, signer, life_s, patience }: IssuerDeps): Issuer {
  const requests = cluster.in('default')

  const objectOf = ({ name, request }: Wanted): KubeCertificateRequest => ({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name, labels: requestLabels },
    spec: { request: Buffer.from(request).toString('base64'), signerName: signer, usages, expirationSeconds: life_s },
  })

  /** Whether an object asks for exactly this, and has not been turned down. */
  function isSame(found: KubeCertificateRequest, wanted: KubeCertificateRequest): boolean {
    const { request, signerName, expirationSeconds } = found.spec
    const isDown = found.status?.conditions?.some(({ type }) => type === 'Denied' || type === 'Failed') ?? false
    const isEqual = request === wanted.spec.request && signerName === signer && expirationSeconds === life_s
    return isEqual && JSON.stringify(found.spec.usages) === JSON.stringify(usages) && !isDown
  }

  async function submit(wanted: KubeCertificateRequest): Promise<KubeCertificateRequest> {
    const name = wanted.metadata?.name ?? ''
    try {
      return await requests.create(kind, wanted)
    } catch (error) {
      if (!isRefusal(error, 'exists')) throw error
    }
    const found = await requests.get(kind, name)
    if (found !== undefined && isSame(found, wanted)) return found
    if (found?.metadata?.uid !== undefined) await requests.remove(kind, name, { uid: found.metadata.uid })
    return requests.create(kind, wanted)
  }

  const isApproved = ({ status }: KubeCertificateRequest): boolean =>
    status?.conditions?.some(({ type }) => type === 'Approved') ?? false

  async function signed(object: KubeCertificateRequest, message: string): Promise<string> {
    const name = object.metadata?.name ?? ''
    const coming = watch.certificate(name, object.metadata?.uid ?? '', patience)
    try {
      const approved = isApproved(object)
        ? object
        : await cluster.approve(object, { reason: 'KubeusersApproved', message })
      return approved.status?.certificate ?? (await coming.promise)
    } finally {
      coming.forget()
    }
  }

  return {
    async issue(wanted) {
      const object = await submit(objectOf(wanted))
      const { name = '', uid } = object.metadata ?? {}
      // What was stored is what was sent: nobody but us may have put a word in before it is approved.
      if (!isSame(object, objectOf(wanted))) throw new Error(`the request ${name} was changed on its way`)
      const encoded = await signed(object, wanted.message)
      const certificate = Buffer.from(encoded, 'base64').toString('latin1')
      try {
        return checkIssued(certificate, wanted, clock.now())
      } finally {
        await requests.remove(kind, name, uid === undefined ? {} : { uid })
      }
    },
  }
}
