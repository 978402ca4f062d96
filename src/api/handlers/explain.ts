import { explain } from '../../jobs/explain.ts'
import { findImage } from '../../jobs/images.ts'
import { readJob } from '../../jobs/read.ts'
import type { Handlers } from '../handlers.ts'
import { messages } from './deps.ts'
import type { ImageCatalog } from './image-catalog.ts'
import { observeJob } from './observing.ts'
import type { PlacedDeps } from './places.ts'
import { boundsOf } from './preparing.ts'
import { runsOf } from './shown-job.ts'

export function explainHandlers({ places, clock }: PlacedDeps, catalog: ImageCatalog): Pick<Handlers, 'explainJob'> {
  return {
    async explainJob({ params: { name } }, context) {
      const { place } = await places.toLook(context)
      const { cluster, signal } = place
      const [observed, bounds, images] = await Promise.all([
        observeJob(place, name),
        boundsOf({ cluster }, signal),
        catalog.images(cluster).catch(() => []),
      ])
      const now = clock.now()
      const read = readJob(observed.workload)
      const image = findImage(images, read.given.imagename) ?? findImage(images, read.image)
      const { given, upToDate } = read
      const about = { given, upToDate, ...(image === undefined ? {} : { image }), ...bounds }
      const explanation = explain(observed, { now, nextRuns: runsOf(read, now), ...about })
      return { explanation, messages: messages() }
    },
  }
}
