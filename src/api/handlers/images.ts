import { stableImages } from '../../jobs/images.ts'
import type { Handlers } from '../handlers.ts'
import { type HandlerDeps, messages } from './deps.ts'
import type { ImageCatalog } from './image-catalog.ts'

export function imageHandlers({ clusters }: HandlerDeps, catalog: ImageCatalog): Pick<Handlers, 'listImages'> {
  return {
    async listImages(_, { caller, signal }) {
      const { cluster } = await clusters.for(caller.tool, signal)
      const images = stableImages(await catalog.images(cluster))
      return { images: images.map(({ name, image }) => ({ shortname: name, image })), messages: messages() }
    },
  }
}
