import { DomainError } from '../../contract/errors.ts'
import { checkMount, completeJob } from '../../jobs/complete.ts'
import { asFlag, type GivenJob, parseGiven } from '../../jobs/given.ts'
import { type Image, resolveImage } from '../../jobs/images.ts'
import { selectorOf } from '../../jobs/labels.ts'
import { manifestOf, resourcesOf } from '../../jobs/manifests.ts'
import { observe } from '../../jobs/observed.ts'
import { limitProblems } from '../../jobs/quota.ts'
import type { KubeEvent, KubeJob } from '../../jobs/wire.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Context, Handlers } from '../handlers.ts'
import type { Accounts } from './accounts.ts'
import { type HandlerDeps, messages } from './deps.ts'
import { findJob, isLive, waitGone, waitUntil } from './find-job.ts'
import type { ImageCatalog } from './image-catalog.ts'
import { placeJob } from './place-job.ts'
import { shownJob } from './shown-job.ts'

type JobOperation = 'listJobs' | 'createJob' | 'flushJobs' | 'showJob' | 'deleteJob'

/** Milliseconds to wait for what was deleted to be gone from the list. */
const deletionWait = 3000

export function jobHandlers(
  deps: HandlerDeps,
  { catalog, accounts }: { catalog: ImageCatalog; accounts: Accounts },
): Pick<Handlers, JobOperation> {
  const { clusters, clock, settings } = deps

  /** A job is shown also when its image cannot be looked up. */
  const knownImages = (cluster: ToolCluster): Promise<readonly Image[]> => catalog.images(cluster).catch(() => [])

  async function observedJobs(cluster: ToolCluster, tool: string, signal: AbortSignal) {
    const labels = selectorOf(tool, 'one-off')
    const [jobs, pods, events, images] = await Promise.all([
      cluster.list('jobs', { labels, signal }),
      cluster.list('pods', { labels, signal }),
      warnings(cluster, signal),
      knownImages(cluster),
    ])
    const live = jobs.items.filter(isLive).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    return { observed: observe(live, { pods: pods.items, events }), images }
  }

  async function createJob(given: GivenJob, { caller: { tool }, signal }: Context) {
    const access = await clusters.for(tool, signal)
    const { cluster, credentials } = access
    const [images, limits] = await Promise.all([
      catalog.images(cluster),
      cluster.list('limitranges', { signal }),
      accounts.check(access, signal),
    ])
    const image = resolveImage(images, given.imagename)
    const complete = completeJob(given)
    checkMount(complete)
    const problems = limitProblems(resourcesOf(complete, settings), limits.items)
    if (problems.length > 0) throw new DomainError('bad_request', problems.join('\n'))
    const { uid, gid, home } = credentials
    const account = { name: tool, uid, gid, home }
    const object = manifestOf({ given, complete, tool: account, image: image.image, settings })
    const job = await placeJob(object, { cluster, tool, clock, signal })
    const [observed] = observe([job], { pods: [], events: [] })
    if (observed === undefined) throw new Error('a job that was just made cannot be shown')
    return {
      job: shownJob(observed, { images, now: clock.now(), includeUnset: true }),
      messages: messages(warningsOf(given, image)),
    }
  }

  return {
    async listJobs({ query }, { caller: { tool }, signal }) {
      const { cluster } = await clusters.for(tool, signal)
      const { observed, images } = await observedJobs(cluster, tool, signal)
      const view = { images, now: clock.now(), includeUnset: asFlag(query.include_unset ?? true) }
      return { jobs: observed.map(one => shownJob(one, view)), messages: messages() }
    },

    createJob: ({ body }, context) => createJob(parseGiven(body), context),

    async showJob({ params: { name } }, { caller: { tool }, signal }) {
      const { cluster } = await clusters.for(tool, signal)
      const [job, pods, events, images] = await Promise.all([
        findJob(cluster, { tool, name }, signal),
        cluster.list('pods', { labels: selectorOf(tool, 'one-off', name), signal }),
        warnings(cluster, signal),
        knownImages(cluster),
      ])
      const [observed] = observe([job], { pods: pods.items, events })
      if (observed === undefined) throw new Error('a job that was just read cannot be shown')
      return { job: shownJob(observed, { images, now: clock.now(), includeUnset: true }), messages: messages() }
    },

    async deleteJob({ params: { name } }, { caller: { tool }, signal }) {
      const { cluster } = await clusters.for(tool, signal)
      const job = await findJob(cluster, { tool, name }, signal)
      const uid = job.metadata?.uid
      await cluster.remove('jobs', name, { ...(uid === undefined ? {} : { uid }), signal })
      await waitGone(cluster, job, { clock, limit: deletionWait, signal })
      return { messages: messages() }
    },

    async flushJobs(_, { caller: { tool }, signal }) {
      const { cluster } = await clusters.for(tool, signal)
      const labels = selectorOf(tool, 'one-off')
      await cluster.removeAll('jobs', labels, { signal })
      const isEmpty = async () => !(await cluster.list('jobs', { labels, signal })).items.some(isLive)
      await waitUntil(isEmpty, { clock, limit: deletionWait, signal })
      return { messages: messages() }
    },
  }
}

const nameOf = ({ metadata }: KubeJob): string => metadata?.name ?? ''

/** What went wrong lately, with any job: events carry no labels. */
const warnings = async (cluster: ToolCluster, signal: AbortSignal): Promise<readonly KubeEvent[]> =>
  (await cluster.list('events', { fields: { type: 'Warning' }, signal })).items

function warningsOf({ filelog, filelog_stdout, filelog_stderr }: GivenJob, image: Image): string[] {
  const warnings: string[] = []
  if (image.state !== 'stable')
    warnings.push(`The image '${image.name}' is ${image.state}: it still runs, and will be removed; change to another`)
  if (filelog === false && (filelog_stdout ?? filelog_stderr) !== undefined)
    warnings.push('filelog_stdout and filelog_stderr mean nothing without filelog')
  return warnings
}
