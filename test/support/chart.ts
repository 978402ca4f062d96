import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ManifestObject, objectsOf } from '../../src/local/tool-objects.ts'
import type { RawClient } from './raw-client.ts'

const folder = join(import.meta.dirname, '../../charts/kubeusers')

const plurals: Record<string, string> = {
  ClusterRole: 'clusterroles',
  ConfigMap: 'configmaps',
  LimitRange: 'limitranges',
  Namespace: 'namespaces',
  ResourceQuota: 'resourcequotas',
  Role: 'roles',
  RoleBinding: 'rolebindings',
}

/** The objects of a file of charts/kubeusers, `${NAME}` replaced in their texts. */
export const chartObjects = async (file: string, values: Record<string, string> = {}): Promise<ManifestObject[]> =>
  objectsOf(await readFile(join(folder, file), 'utf8'), values)

/** The path of the collection that an object belongs to. */
function collectionOf({ apiVersion, kind, metadata: { namespace } }: ManifestObject): string {
  const plural = plurals[kind]
  if (plural === undefined) throw new Error(`chart.ts knows no kind ${kind}`)
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`
}

/** Creates the objects in order; those that are there already are patched to be like these. */
export async function apply(client: RawClient, objects: ManifestObject[]): Promise<void> {
  for (const object of objects) {
    const collection = collectionOf(object)
    const one = `${collection}/${object.metadata.name}`
    let reply = await client.call('POST', collection, { body: object })
    if (reply.status === 409)
      reply = await client.call('PATCH', one, { body: object, type: 'application/merge-patch+json' })
    if (reply.status >= 300) throw new Error(`${one} could not be applied: ${reply.status} ${reply.text}`)
  }
}
