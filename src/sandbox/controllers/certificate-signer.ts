import type { Signer } from '../../pki/signer.ts'
import { alternativeNamesOf, readSigningRequest } from '../../pki/signing-request.ts'
import { type Clock, rfc3339 } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import { clientSigner } from '../admission/certificates.ts'
import type { Kind } from '../kind.ts'
import type { CertificateSigningRequest } from '../kinds/types.ts'
import type { Store } from '../store.ts'
import { createWorkQueue, idle, type Outcome } from './work-queue.ts'

const minute = 60_000
const backdate = 5 * minute
/** Certificates that live as long at least end as much earlier as they begin. */
const long = 8 * 60 * minute
const longest = 365 * 24 * 60 * minute
const shortest = 10 * minute

interface Deps {
  store: Store
  certificateSigningRequests: Kind<CertificateSigningRequest>
  signer: Signer
  clock: Clock
  log: Logger
}

/** Signs what has been approved for clients of the control plane, as `kube-controller-manager` does. */
export function createCertificateSigner(deps: Deps) {
  const { store, certificateSigningRequests: kind } = deps

  const work = (name: string): Outcome => {
    const request = store.get(kind, { name })
    if (request === undefined || !isWaiting(request)) return idle
    const { apiVersion, kind: kindName, metadata, spec } = request
    const status = statusOf(request, deps)
    store.update(kind, { apiVersion, kind: kindName, metadata, spec, status }, { subresource: 'status' })
    return idle
  }

  const queue = createWorkQueue(work, deps)
  let end = (): void => {}
  return {
    start(): void {
      end = store.subscribe(kind, ({ type, object }) => {
        if (type !== 'DELETED') queue.add(object.metadata.name)
      })
    },
    stop(): void {
      end()
      queue.stop()
    },
  }
}

function isWaiting({ spec, status: { conditions = [], certificate } }: CertificateSigningRequest): boolean {
  const has = (type: string): boolean => conditions.some(condition => condition.type === type)
  return spec.signerName === clientSigner && !certificate && has('Approved') && !has('Denied') && !has('Failed')
}

/** What becomes of the status: a certificate, or the reason why there will never be one. */
function statusOf({ spec, status }: CertificateSigningRequest, { signer, clock }: Deps) {
  const now = clock.now()
  const wrong = wrongUsages(spec.usages ?? [])
  if (wrong !== undefined) {
    const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: wrong }
    return { ...status, conditions: [...(status.conditions ?? []), { ...failed, lastUpdateTime: rfc3339(now) }] }
  }
  const asked = readSigningRequest(Buffer.from(spec.request, 'base64').toString('latin1'))
  const pem = signer.sign({
    ...asked,
    ...lifeOf(now, { seconds: spec.expirationSeconds, end: signer.notAfter }),
    digitalSignature: spec.usages?.includes('digital signature') ?? false,
    keyEncipherment: spec.usages?.includes('key encipherment') ?? false,
    alternativeNames: alternativeNamesOf(asked),
  })
  return { ...status, certificate: Buffer.from(pem, 'latin1').toString('base64') }
}

function wrongUsages(usages: readonly string[]): string | undefined {
  const other = usages.find(usage => !['client auth', 'digital signature', 'key encipherment'].includes(usage))
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
}

/**
 * The life of a certificate that is asked for now; nothing outlives its authority.
 * @throws Error when that has ended.
 */
export function lifeOf(
  now: number,
  { seconds, end }: { seconds: number | undefined; end: number },
): { notBefore: number; notAfter: number } {
  if (now >= end) throw new Error(`refusing to sign a certificate that expired in the past: NotAfter=${rfc3339(end)}`)
  const wanted = seconds === undefined ? longest : Math.min(longest, Math.max(shortest, seconds * 1000))
  const notAfter = now + wanted - (wanted < long ? 0 : backdate)
  return { notBefore: now - backdate, notAfter: Math.min(notAfter, end) }
}
