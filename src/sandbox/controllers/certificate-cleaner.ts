import { X509Certificate } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Kind } from '../kind.ts'
import type { CertificateSigningRequest } from '../kinds/types.ts'
import type { Store } from '../store.ts'
import { createWorkQueue, idle, type Outcome } from './work-queue.ts'

const hour = 3_600_000
const decidedFor = hour
const pendingFor = 24 * hour

interface Deps {
  store: Store
  certificateSigningRequests: Kind<CertificateSigningRequest>
  clock: Clock
  log: Logger
}

/** Removes requests for certificates that nobody needs any more. */
export function createCertificateCleaner(deps: Deps) {
  const { store, certificateSigningRequests: kind, clock } = deps

  const work = (name: string): Outcome => {
    const request = store.get(kind, { name })
    if (request === undefined) return idle
    const wait = endOf(request) - clock.now()
    if (wait > 0) return { wait, failed: false }
    store.remove(kind, { name }, { uid: request.metadata.uid })
    return idle
  }

  const queue = createWorkQueue(work, deps)
  let end = (): void => {}
  return {
    start(): void {
      end = store.subscribe(kind, ({ object }) => queue.add(object.metadata.name))
    },
    stop(): void {
      end()
      queue.stop()
    },
  }
}

/** The moment from which on a request is removed, in milliseconds; infinite for never. */
export function endOf({ metadata, status }: CertificateSigningRequest): number {
  const { conditions = [], certificate } = status
  if (conditions.length === 0) return after(metadata.creationTimestamp, pendingFor)
  const ends = conditions.map(({ type, lastUpdateTime }) => {
    if (type === 'Denied' || type === 'Failed') return after(lastUpdateTime, decidedFor)
    if (type !== 'Approved') return Number.POSITIVE_INFINITY
    return certificate
      ? Math.min(after(lastUpdateTime, decidedFor), expiry(certificate))
      : after(lastUpdateTime, pendingFor)
  })
  return Math.min(...ends)
}

const after = (time: string | undefined, wait: number): number =>
  time === undefined ? Number.POSITIVE_INFINITY : Date.parse(time) + wait

const expiry = (certificate: string): number =>
  new X509Certificate(Buffer.from(certificate, 'base64')).validToDate.getTime()
