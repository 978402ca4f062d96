import type { Clock } from '../platform/clock.ts'
import { createCluster } from './cluster.ts'
import type { ControlPlane } from './config.ts'
import { type Call, type Connection, createConnection } from './connection.ts'
import type { KindName, KubeCertificateRequest } from './kinds.ts'
import { parseObject } from './parse.ts'
import { pathOf } from './paths.ts'
import { createReads, type Outlines } from './reads.ts'
import type { ToolCluster } from './tool-cluster.ts'
import type { Identity } from './transport.ts'

/** What is done to objects one by one. */
export type NamespacedCluster = Pick<
  ToolCluster,
  'namespace' | 'list' | 'get' | 'create' | 'replace' | 'patch' | 'remove' | 'watch'
>

/** The control plane as a service of the platform uses it, in its own name, for the objects of all tools. */
export interface PlatformCluster {
  /** The objects of one namespace; those that belong to none are the same in each. */
  in(namespace: string): NamespacedCluster
  /** The objects of all namespaces, up to 10,000 of them in one call. */
  readonly everywhere: Pick<ToolCluster, 'list' | 'watch'> & Outlines
  /** Has a certificate request signed, with the reason for those who look at it. @throws DomainError like all others */
  approve(request: KubeCertificateRequest, reason: { reason: string; message: string }): Promise<KubeCertificateRequest>
  close(): Promise<void>
}

/** A page that holds what there is, in all but the largest clusters. */
const pageItems = 10_000

/** Told of each call: what is done, such as `list`, and to which kind. */
export type OnCall = (verb: string, kind: string) => void

/** Each call says that it is made in the service's own name: refusals are then worded for operators. */
function inOwnName(connection: Connection, onCall: OnCall): Connection {
  const own = <C extends Call>(call: C): C => {
    onCall(call.asked.verb, call.asked.kind)
    return { ...call, asked: { ...call.asked, own: true } }
  }
  return {
    json: call => connection.json(own(call)),
    bytes: call => connection.bytes(own(call)),
    stream: call => connection.stream(own(call)),
    get active() {
      return connection.active
    },
    get heardAt() {
      return connection.heardAt
    },
    cut: () => connection.cut(),
    close: () => connection.close(),
  }
}

/** @throws RangeError in calls with names that no object can have */
export function createPlatformCluster(
  plane: ControlPlane,
  identity: Identity,
  { clock, onCall = () => {} }: { clock: Clock; onCall?: OnCall },
): PlatformCluster {
  const connection = inOwnName(createConnection(plane, identity, clock), onCall)
  return {
    in: namespace => createCluster(connection, { namespace, clock }),
    everywhere: createReads(connection, { namespace: undefined, pageItems }),
    async approve(request, { reason, message }) {
      const kind: KindName = 'certificatesigningrequests'
      const name = request.metadata?.name ?? ''
      const conditions = [...(request.status?.conditions ?? []), { type: 'Approved', status: 'True', reason, message }]
      const body = { ...request, status: { ...request.status, conditions } }
      const path = `${pathOf(kind, undefined, name)}/approval`
      const asked = { verb: 'approve', kind: 'certificate request', name }
      return parseObject(kind, await connection.json({ method: 'PUT', path, body, asked }))
    },
    close: () => connection.close(),
  }
}
