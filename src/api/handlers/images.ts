import { DomainError } from '../../contract/errors.ts'
import { stableImages } from '../../jobs/images.ts'
import type { Handlers } from '../handlers.ts'
import { type HandlerDeps, messages } from './deps.ts'
import type { ImageCatalog } from './image-catalog.ts'

export function imageHandlers({ clusters }: HandlerDeps, catalog: ImageCatalog): Pick<Handlers, 'listImages'> {
  /** The tool's own images, or why they cannot be shown: the others are shown all the same. */
  const builtBy = (tool: string, signal: AbortSignal) =>
    catalog.builtBy(tool, signal).catch((error: unknown) => {
      if (error instanceof DomainError) return error
      throw error
    })

  return {
    async listImages(_, { caller: { tool }, signal }) {
      const { cluster } = await clusters.for(tool, signal)
      const [standard, built] = await Promise.all([catalog.images(cluster), builtBy(tool, signal)])
      const isLost = built instanceof DomainError
      const images = [...stableImages(standard), ...(isLost ? [] : built)]
      const warning = isLost ? [`The images that the tool built are missing here: ${built.message}`] : []
      return { images: images.map(({ name, image }) => ({ shortname: name, image })), messages: messages({ warning }) }
    },
  }
}
