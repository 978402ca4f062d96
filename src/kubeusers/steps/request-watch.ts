import type { KubeCertificateRequest } from '../../kube/kinds.ts'
import type { PlatformCluster } from '../../kube/platform-cluster.ts'
import { reflect, type Sink } from '../../kube/reflector.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import { requestLabels } from './issue.ts'

/** Waits for certificates of all our requests by one watch. */
export interface RequestWatch {
  start(signal: AbortSignal): void
  /**
   * The certificate (base64 of PEM) of a request, once there is one; `forget` when nobody waits any more. Rejects when the
   * request is turned down, or nothing comes for `patience` milliseconds.
   */
  certificate(name: string, uid: string, patience: number): { promise: Promise<string>; forget(): void }
}

interface Waiter {
  readonly uid: string
  resolve(certificate: string): void
  reject(error: Error): void
}

export function createRequestWatch({
  cluster,
  clock,
  log,
}: {
  cluster: PlatformCluster
  clock: Clock
  log: Logger
}): RequestWatch {
  const waiters = new Map<string, Waiter>()

  function look({ metadata, status }: KubeCertificateRequest): void {
    const waiter = waiters.get(metadata?.name ?? '')
    if (waiter === undefined || waiter.uid !== metadata?.uid) return
    const down = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed')
    if (down !== undefined) waiter.reject(new Error(`the signer refuses: ${down.message ?? down.reason ?? down.type}`))
    else if (status?.certificate !== undefined) waiter.resolve(status.certificate)
  }

  const sink: Sink<'certificatesigningrequests'> = {
    replace: items => items.forEach(look),
    event(event) {
      if (event.type === 'ADDED' || event.type === 'MODIFIED') look(event.object)
    },
    lost: error => log.warn({ err: error }, 'certificate requests cannot be watched at present'),
  }

  return {
    start(signal) {
      void reflect(cluster.everywhere, {
        kind: 'certificatesigningrequests',
        labels: requestLabels,
        sink,
        signal,
        clock,
      })
    },
    certificate(name, uid, patience) {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      // Who forgets has no more use for an error.
      promise.catch(() => {})
      waiters.set(name, { uid, resolve, reject })
      const late = new AbortController()
      clock.sleep(patience, late.signal).then(
        () => reject(new Error(`the request ${name} was approved, and no certificate came: does the signer run?`)),
        () => {},
      )
      return {
        promise,
        forget() {
          late.abort()
          waiters.delete(name)
        },
      }
    },
  }
}
