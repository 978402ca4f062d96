import type { Handlers } from '../handlers.ts'
import { createAccounts } from './accounts.ts'
import type { HandlerDeps } from './deps.ts'
import { explainHandlers } from './explain.ts'
import { createImageCatalog } from './image-catalog.ts'
import { imageHandlers } from './images.ts'
import { jobHandlers } from './jobs.ts'
import { logHandlers } from './logs.ts'
import { createPlaces } from './places.ts'
import { planHandlers } from './plans.ts'
import { quotaHandlers } from './quotas.ts'

/** The handlers of all operations for a tool. */
export function createHandlers(deps: HandlerDeps): Handlers {
  const catalog = createImageCatalog(deps.settings.image_config, deps)
  const preparing = { settings: deps.settings, catalog, accounts: createAccounts(deps) }
  const placed = { ...deps, places: createPlaces(deps) }
  return {
    ...imageHandlers(deps, catalog),
    ...quotaHandlers(deps),
    ...jobHandlers(placed, preparing),
    ...explainHandlers(placed, catalog),
    ...planHandlers(placed, preparing),
    ...logHandlers(placed),
  }
}
