import { explain } from '../../jobs/explain.ts'
import { findImage } from '../../jobs/images.ts'
import { readJob } from '../../jobs/read.ts'
import type { Handlers } from '../handlers.ts'
import { type HandlerDeps, messages } from './deps.ts'
import type { ImageCatalog } from './image-catalog.ts'
import { observeJob } from './observing.ts'
import { boundsOf } from './preparing.ts'
import { runsOf } from './shown-job.ts'

export function explainHandlers({ clusters, clock }: HandlerDeps, catalog: ImageCatalog): Pick<Handlers, 'explainJob'> {
  return {
    async explainJob({ params: { name } }, { caller: { tool }, signal, requestId }) {
      const { cluster } = await clusters.for(tool, signal)
      const place = { cluster, tool, clock, signal, requestId }
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
