import { randomInt } from 'node:crypto'
import { invalid } from '../field-error.ts'
import { headless, services } from '../kinds/service.ts'
import type { Service } from '../kinds/types.ts'
import { invalidObject } from '../status.ts'
import type { Admission, AdmissionRequest, Store } from '../store.ts'

/** Gives Services their addresses, of 10.96.0.0/16: nothing answers there. */
export const clusterIp: Admission = {
  admit(request) {
    const { store, object } = request
    if (!isService(request, object) || object.spec.type === 'ExternalName') return
    if (request.operation === 'UPDATE') keepOld(object, store.get(services, object.metadata))
    if (object.spec.clusterIP) return
    const address = freeAddress(store)
    object.spec.clusterIP = address
    object.spec.clusterIPs = [address]
  },

  /** @throws StatusError 422 for an address that another Service has. */
  validate(request) {
    const { store, object, operation } = request
    if (operation !== 'CREATE' || !isService(request, object)) return
    const { clusterIP, clusterIPs } = object.spec
    if (!clusterIP || clusterIP === headless || !taken(store).has(clusterIP)) return
    const why = `failed to allocate IP ${clusterIP}: provided IP is already allocated`
    throw invalidObject(services, object.metadata.name, [invalid('spec.clusterIPs', clusterIPs, why)])
  },
}

const isService = ({ operation, kind }: AdmissionRequest, _object: object): _object is Service =>
  kind.plural === services.plural && operation !== 'DELETE'

/** A client that leaves the address out of an update means the one that there is. */
function keepOld({ spec }: Service, old: Service | undefined): void {
  const address = old?.spec.clusterIP
  if (address === undefined || spec.clusterIP) return
  spec.clusterIP = address
  spec.clusterIPs = [address]
}

const taken = (store: Store): Set<string> =>
  new Set(store.list(services).items.flatMap(({ spec }) => (spec.clusterIP ? [spec.clusterIP] : [])))

function freeAddress(store: Store): string {
  const used = taken(store)
  for (;;) {
    const address = `10.96.${randomInt(256)}.${randomInt(1, 255)}`
    if (!used.has(address)) return address
  }
}
