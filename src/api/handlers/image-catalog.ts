import { DomainError } from '../../contract/errors.ts'
import { type Image, parseImages } from '../../jobs/images.ts'
import type { JobsSettings } from '../../jobs/settings.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import { createSharedValue } from './shared-value.ts'

/** Milliseconds for which the list is good, and after which a list that could not be read is asked for again. */
const fresh = 60_000
const retry = 5_000

/** The images that jobs may use. They are the same for all tools, so what one tool's request read serves the next. */
export interface ImageCatalog {
  /**
   * The list, from memory when it was read not long ago or cannot be read now.
   * @throws DomainError when it never could be read.
   */
  images(cluster: ToolCluster): Promise<readonly Image[]>
}

export function createImageCatalog(
  settings: JobsSettings['image_config'],
  { clock, log }: { clock: Clock; log: Logger },
): ImageCatalog {
  const { namespace, name, key } = settings
  const onError = (error: unknown) => log.error({ err: error, namespace, name, key }, 'the images cannot be read')
  const list = createSharedValue<readonly Image[]>({ fresh, retry, clock, onError })

  async function read(cluster: ToolCluster): Promise<readonly Image[]> {
    const config = await cluster.get('configmaps', name, { namespace })
    const text = config?.data?.[key]
    if (text === undefined) throw new Error(`there is no ConfigMap ${namespace}/${name} with the key ${key}`)
    return parseImages(text)
  }

  return {
    images: cluster => list.get(() => read(cluster)).catch(refuse),
  }
}

function refuse(error: unknown): never {
  if (error instanceof DomainError) throw error
  throw new DomainError('unavailable', 'The list of images cannot be read now', { cause: error })
}
