import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ManifestObject, objectsOf } from '../../src/kubeusers/manifest.ts'
import { collectionOf } from '../../src/local/admin.ts'
import type { RawClient } from './raw-client.ts'

const folder = join(import.meta.dirname, '../../charts/kubeusers')

/** A file of charts/kubeusers as it is. */
export const chartText = (file: string): Promise<string> => readFile(join(folder, file), 'utf8')

/** The objects of a file of charts/kubeusers, `${NAME}` replaced in their texts. */
export const chartObjects = async (file: string, values: Record<string, string> = {}): Promise<ManifestObject[]> =>
  objectsOf(await chartText(file), values)

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
