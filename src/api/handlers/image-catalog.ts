import { DomainError } from '../../contract/errors.ts'
import { findImage, type Image, parseImages } from '../../jobs/images.ts'
import type { JobsSettings } from '../../jobs/settings.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Registry } from '../../registry/registry.ts'
import type { ToolAccess } from './deps.ts'
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
  /**
   * The list, and of the images that tools built for themselves those that are named.
   * @throws DomainError as `images` does, and when the registry of built images does not answer.
   */
  imagesFor(
    access: Pick<ToolAccess, 'cluster'>,
    wanted: { names: readonly string[]; signal: AbortSignal },
  ): Promise<readonly Image[]>
  /** The images that a tool has built. @throws DomainError unavailable when the registry does not answer */
  builtBy(tool: string, signal: AbortSignal): Promise<readonly Image[]>
}

/** The images that tools built for themselves; none where there is no such place. */
export type BuiltImages = Pick<Registry, 'imagesOf' | 'resolve'>

export interface ImageCatalogDeps {
  readonly built: BuiltImages
  readonly clock: Clock
  readonly log: Logger
}

export function createImageCatalog(
  settings: JobsSettings['image_config'],
  { built, clock, log }: ImageCatalogDeps,
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

  const images = (cluster: ToolCluster) => list.get(() => read(cluster)).catch(refuse)

  return {
    images,
    async imagesFor({ cluster }, { names, signal }) {
      const standard = await images(cluster)
      const others = [...new Set(names)].filter(wanted => findImage(standard, wanted) === undefined)
      const found = await Promise.all(others.map(wanted => built.resolve(wanted, signal)))
      return [...standard, ...found.filter(image => image !== undefined)]
    },
    builtBy: (tool, signal) => built.imagesOf(tool, signal),
  }
}

function refuse(error: unknown): never {
  if (error instanceof DomainError) throw error
  throw new DomainError('unavailable', 'The list of images cannot be read now', { cause: error })
}
