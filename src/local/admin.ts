import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { ManifestObject } from '../kubeusers/manifest.ts'
import type { KeyPair } from '../pki/authority.ts'

/** Where a control plane is, and the administrator that it knows. */
export interface AdminAccess {
  readonly url: string
  /** PEM of the CA of the control plane's certificate. */
  readonly ca: string
  readonly pair: KeyPair
}

/** The resources of the kinds that a platform is set up with. */
const plurals: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  ConfigMap: 'configmaps',
  LimitRange: 'limitranges',
  Namespace: 'namespaces',
  NetworkPolicy: 'networkpolicies',
  ResourceQuota: 'resourcequotas',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ServiceAccount: 'serviceaccounts',
}

/** The path of the collection that an object belongs to. @throws Error for a kind that no platform is set up with */
export function collectionOf({ apiVersion, kind, metadata }: ManifestObject): string {
  const plural = plurals[kind]
  if (plural === undefined) throw new Error(`nothing is set up with objects of kind ${kind}`)
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return metadata.namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${metadata.namespace}/${plural}`
}

/**
 * Creates objects in their order, as an administrator.
 * @throws Error with the control plane's own words when it refuses one.
 */
export async function createObjects(access: AdminAccess, objects: readonly ManifestObject[]): Promise<void> {
  for (const object of objects) {
    const { status, body } = await post(access, collectionOf(object), JSON.stringify(object))
    if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name} was not created: ${body}`)
  }
}

function post({ url, ca, pair }: AdminAccess, path: string, body: string): Promise<{ status: number; body: string }> {
  const options = {
    method: 'POST',
    ca,
    cert: pair.certificate,
    key: pair.key,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    timeout: 10_000,
  }
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, url), options, answer => {
      text(answer).then(body => resolve({ status: answer.statusCode ?? 0, body }), reject)
    })
    call.once('error', reject)
    call.once('timeout', () => call.destroy(new Error(`${url} did not answer`)))
    call.end(body)
  })
}
