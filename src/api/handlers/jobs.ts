import { asFlag, parseGiven } from '../../jobs/given.ts'
import type { Image } from '../../jobs/images.ts'
import type { Workload } from '../../jobs/wire.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Handlers } from '../handlers.ts'
import { changeJob, differenceOf, makeJob } from './changing.ts'
import { mendCompanions } from './companions.ts'
import { messages, type ToolAccess } from './deps.ts'
import { jobEvents } from './events.ts'
import { createListings } from './listing.ts'
import { observeJob, observeJobs } from './observing.ts'
import { hasEnded, taken } from './place-job.ts'
import type { PlacedDeps } from './places.ts'
import { boundsOf, checkBounds, type Preparing, preparer } from './preparing.ts'
import { checkPublished } from './publishing.ts'
import { removeAllJobs, removeJob } from './removing.ts'
import { restartJob } from './restarting.ts'
import { shownJob } from './shown-job.ts'
import { findWorkload, knownWorkload, lookUp, nameOf, type Place } from './workloads.ts'

type JobOperation =
  | 'listJobs'
  | 'createJob'
  | 'updateJob'
  | 'flushJobs'
  | 'showJob'
  | 'deleteJob'
  | 'restartJob'
  | 'events'

export function jobHandlers(deps: PlacedDeps, preparing: Preparing): Pick<Handlers, JobOperation> {
  const { clusters, places, clock, settings } = deps
  const { catalog } = preparing
  const listings = createListings(clock)

  /** A job is shown also when its image cannot be looked up. */
  const knownImages = (cluster: ToolCluster): Promise<readonly Image[]> => catalog.images(cluster).catch(() => [])

  async function prepare(body: Parameters<typeof parseGiven>[0], access: ToolAccess, signal: AbortSignal) {
    const given = parseGiven(body)
    const [prepared, bounds] = await Promise.all([
      preparer(preparing, access, { names: [given.imagename], signal }).then(make => make(given)),
      boundsOf(access, signal),
    ])
    return { prepared, bounds }
  }

  /** A job that was just written, without a look at what became of it. */
  async function written(workload: Workload, place: Place) {
    const observed = { workload, jobs: [], pods: [], events: [] }
    return shownJob(observed, { images: await knownImages(place.cluster), now: clock.now(), includeUnset: true })
  }

  type Asked = Awaited<ReturnType<typeof prepare>>

  /** @throws DomainError for what there is no room for, in quotas or at the public address. */
  async function checkRoom({ prepared, bounds }: Asked, instead: Workload | undefined, place: Place) {
    await checkPublished(prepared, place)
    await checkBounds(prepared, { bounds, settings, instead }, place)
  }

  /** The job as it is to be, where one of its name is there already. */
  async function update(present: Workload, asked: Asked, place: Place) {
    const { prepared } = asked
    const { name } = prepared.given
    const { isSame, changes, restarts } = await differenceOf(present, prepared, place)
    if (isSame && !hasEnded(present))
      return { workload: present, changed: false, info: `Job ${name} is already up to date` }
    await checkRoom(asked, present, place)
    const workload = await changeJob(present, prepared, place)
    const fields = changes.map(({ field }) => field).join(', ')
    const what = hasEnded(present) ? 'it runs again' : restarts ? 'it is restarted' : 'nothing is restarted'
    return { workload, changed: true, info: `Job ${name} was updated${fields === '' ? '' : ` (${fields})`}; ${what}` }
  }

  async function make(asked: Asked, place: Place) {
    const { prepared } = asked
    await checkRoom(asked, undefined, place)
    return { workload: await makeJob(prepared, place), changed: true, info: `Job ${prepared.given.name} was created` }
  }

  return {
    async listJobs({ query }, { caller: { tool }, signal }) {
      const { cluster } = await clusters.for(tool, signal)
      const includeUnset = asFlag(query.include_unset ?? true)
      return listings.get(cluster, String(includeUnset), async () => {
        const [observed, images] = await Promise.all([observeJobs({ cluster, tool, signal }), knownImages(cluster)])
        const view = { images, now: clock.now(), includeUnset }
        return { jobs: observed.map(one => shownJob(one, view)), messages: messages() }
      })
    },

    async createJob({ body }, context) {
      const { access, place } = await places.toChange(context)
      const asked = await prepare(body, access, place.signal)
      const { prepared } = asked
      const present = await knownWorkload(place, prepared.given.name)
      if (present !== undefined && !hasEnded(present)) {
        await mendCompanions(present, settings, place)
        throw taken(prepared.given.name)
      }
      await checkRoom(asked, present, place)
      const workload = await makeJob(prepared, place)
      return { job: await written(workload, place), messages: messages({ warning: prepared.warnings }) }
    },

    async updateJob({ body }, context) {
      const { access, place } = await places.toChange(context)
      const asked = await prepare(body, access, place.signal)
      const { prepared } = asked
      const present = await lookUp(place, prepared.given.name)
      const done = await (present === undefined ? make(asked, place) : update(present, asked, place))
      const { workload, changed, info } = done
      return {
        job_changed: changed,
        job: await written(workload, place),
        messages: messages({ info: [info], warning: prepared.warnings }),
      }
    },

    async showJob({ params: { name } }, context) {
      const { place } = await places.toLook(context)
      const [observed, images] = await Promise.all([observeJob(place, name), knownImages(place.cluster)])
      return { job: shownJob(observed, { images, now: clock.now(), includeUnset: true }), messages: messages() }
    },

    async deleteJob({ params: { name } }, context) {
      const { place } = await places.toChange(context)
      await removeJob(await findWorkload(place, name), place)
      return { messages: messages() }
    },

    async flushJobs(_, context) {
      const { place } = await places.toChange(context)
      await removeAllJobs(place)
      return { messages: messages() }
    },

    async restartJob({ params: { name } }, context) {
      const { place } = await places.toChange(context)
      const workload = await findWorkload(place, name)
      await mendCompanions(workload, settings, place)
      await restartJob(workload, place)
      return { messages: messages() }
    },

    async events({ query: { name } }, context) {
      const { place } = await places.toLook(context)
      const { cluster, tool, signal } = place
      const look = async () => {
        const [observed, images] = await Promise.all([
          observeJobs({ cluster, tool, signal }, name),
          knownImages(cluster),
        ])
        const view = { images, now: clock.now(), includeUnset: true }
        return observed
          .filter(one => name === undefined || nameOf(one.workload) === name)
          .map(one => shownJob(one, view))
      }
      // What cannot be looked at is refused before the stream begins.
      await look()
      return jobEvents({ cluster, look, signal })
    },
  }
}
