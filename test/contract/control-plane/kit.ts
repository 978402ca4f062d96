import type { Test } from 'tap'
import { at, listAt, textAt } from '../../support/json.ts'
import type { RawClient, Reply } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'
import type { Target, TargetTool } from './target.ts'

export const mergePatch = 'application/merge-patch+json'

/** The paths of the collections in a namespace. */
export const collections = ({ namespace }: { namespace: string }) => {
  const core = `/api/v1/namespaces/${namespace}`
  return {
    configMaps: `${core}/configmaps`,
    events: `${core}/events`,
    limitRanges: `${core}/limitranges`,
    pods: `${core}/pods`,
    quotas: `${core}/resourcequotas`,
    secrets: `${core}/secrets`,
    jobs: `/apis/batch/v1/namespaces/${namespace}/jobs`,
    services: `${core}/services`,
    deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    replicaSets: `/apis/apps/v1/namespaces/${namespace}/replicasets`,
    ingresses: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
    roleBindings: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
  }
}

export const configMap = (name: string, more: { metadata?: object; data?: object } = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...more.metadata },
  ...(more.data === undefined ? {} : { data: more.data }),
})

export interface PodOptions {
  image: string
  /** Run by `sh -c`. */
  command: string
  /** Merged into the container. */
  container?: object
  /** Merged into the pod's spec. */
  spec?: object
}

/** A pod's spec with one container `job`, which ends within a second when told to. */
export const podSpec = ({ image, command, container, spec }: PodOptions) => ({
  restartPolicy: 'Never',
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'job', image, command: ['sh', '-c', command], ...container }],
  ...spec,
})

export const podOf = (name: string, options: PodOptions) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: podSpec(options),
})

export interface JobOptions extends PodOptions {
  /** Merged into the job's spec. */
  job?: object
  labels?: Record<string, string>
}

/** A job that does not try again unless told otherwise. */
export const jobOf = (name: string, options: JobOptions) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, ...(options.labels === undefined ? {} : { labels: options.labels }) },
  spec: {
    backoffLimit: 0,
    ...options.job,
    template: { metadata: { labels: options.labels ?? {} }, spec: podSpec(options) },
  },
})

/** A create that has to succeed; gives the object. */
export async function created(client: RawClient, collection: string, object: unknown): Promise<unknown> {
  const reply = await client.call('POST', collection, { body: object })
  if (reply.status !== 201) throw new Error(`POST ${collection}: ${reply.status} ${reply.text}`)
  return reply.body
}

/** A read that has to succeed; gives the object or list. */
export async function got(client: RawClient, path: string): Promise<unknown> {
  const reply = await client.call('GET', path)
  if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status} ${reply.text}`)
  return reply.body
}

/** A tool whose quota does not bind, for suites about other things; the limits for a container stay. */
export async function roomyTool(target: Target): Promise<TargetTool> {
  const tool = await target.newTool()
  const hard = {
    configmaps: '1000',
    pods: '1000',
    'count/jobs.batch': '1000',
    'requests.cpu': '100',
    'requests.memory': '100Gi',
    'limits.cpu': '100',
    'limits.memory': '100Gi',
  }
  const quota = `${collections(tool).quotas}/${tool.namespace}`
  await changed(target.admin, quota, { spec: { hard } })
  await becomes(target.admin, quota, object => at(object, 'status', 'hard', 'pods') === '1k')
  return tool
}

/** A merge patch that has to succeed; gives the object. */
export async function changed(client: RawClient, path: string, patch: unknown): Promise<unknown> {
  const reply = await client.call('PATCH', path, { body: patch, type: mergePatch })
  if (reply.status !== 200) throw new Error(`PATCH ${path}: ${reply.status} ${reply.text}`)
  return reply.body
}

/** The names in a list, in its order. */
export const namesIn = (list: unknown): string[] => listAt(list, 'items').map(item => textAt(item, 'metadata', 'name'))

export interface Refusal {
  code: number
  reason: string
  message: string | RegExp
  details?: object
}

/** Checks that a reply is a Status object which refuses, as a client of Kubernetes reads it. */
export function refused(t: Test, reply: Reply, { code, reason, message, details }: Refusal): void {
  const what = typeof message === 'string' ? message : message.source
  t.equal(reply.status, code, `${code}: ${what}`)
  t.match(reply.headers['content-type'], /^application\/json/, `${code} is JSON`)
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, code }
  t.hasStrict(reply.body, details === undefined ? status : { ...status, details }, `Status ${reason}: ${what}`)
  if (typeof message === 'string') t.equal(at(reply.body, 'message'), message, `says: ${message}`)
  else t.match(at(reply.body, 'message'), message, `says something like: ${message.source}`)
}

/** The condition of a type, if the object has it with status True. */
export function condition(object: unknown, type: string): unknown {
  const list = at(object, 'status', 'conditions')
  return Array.isArray(list) ? list.find(c => at(c, 'type') === type && at(c, 'status') === 'True') : undefined
}

/** Waits until an object looks as wanted; gives it. */
export function becomes(client: RawClient, path: string, wanted: (object: unknown) => boolean): Promise<unknown> {
  let last = ''
  return waitUntil(
    `${path} as wanted`,
    async () => {
      const reply = await client.call('GET', path)
      last = reply.text
      return reply.status === 200 && wanted(reply.body) ? reply.body : undefined
    },
    60,
  ).catch(error => {
    throw new Error(`${error.message}; last seen: ${last.slice(0, 3000)}`)
  })
}

/** Waits until an object is gone. */
export const goes = (client: RawClient, path: string): Promise<boolean> =>
  waitUntil(`${path} to go`, async () => (await client.call('GET', path)).status === 404, 60)

/** Waits until a job is over; gives it. */
export const finished = (tool: TargetTool, name: string): Promise<unknown> =>
  becomes(
    tool.client,
    `${collections(tool).jobs}/${name}`,
    job => condition(job, 'Complete') !== undefined || condition(job, 'Failed') !== undefined,
  )

/** The pods of a job, oldest first. */
export async function podsOf(tool: TargetTool, job: string): Promise<unknown[]> {
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${job}`)
  const list = listAt(await got(tool.client, `${collections(tool).pods}?labelSelector=${selector}`), 'items')
  const age = (pod: unknown) => textAt(pod, 'metadata', 'creationTimestamp')
  return list.toSorted((a, b) => age(a).localeCompare(age(b)))
}

/** Waits until a job has a pod that runs; gives the pod's name. */
export function runningPod(tool: TargetTool, job: string): Promise<string> {
  return waitUntil(
    `a running pod of ${job}`,
    async () => {
      const pod = (await podsOf(tool, job)).find(candidate => at(candidate, 'status', 'phase') === 'Running')
      return pod === undefined ? undefined : textAt(pod, 'metadata', 'name')
    },
    60,
  )
}

/** Shell commands that say `up` when they are ready for TERM, and then end at it, or do not. */
export const endsAtTerm = 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'
export const ignoresTerm = 'trap "" TERM; echo up; while :; do sleep 0.1; done'

/** Waits until a pod has said `up`. */
export const isUp = (tool: TargetTool, pod: string): Promise<boolean> =>
  waitUntil(
    `${pod} to say up`,
    async () => (await tool.client.call('GET', `${collections(tool).pods}/${pod}/log`)).text.startsWith('up\n'),
    60,
  )

/** Waits until a job has a pod that has said `up`; gives the pod's name. */
export async function podUp(tool: TargetTool, job: string): Promise<string> {
  const pod = await runningPod(tool, job)
  await isUp(tool, pod)
  return pod
}

/** Starts a job with a shell command and waits until it is over; gives the job. */
export async function runToEnd(
  target: Target,
  tool: TargetTool,
  job: { name: string; command: string },
): Promise<unknown> {
  await created(tool.client, collections(tool).jobs, jobOf(job.name, { image: target.image, command: job.command }))
  return finished(tool, job.name)
}

export interface WatchEvent {
  type: string
  object: unknown
}

/** A watch whose events are collected as they come. */
export interface WatchProbe {
  status: number
  events: WatchEvent[]
  /** Waits for an event that fits, among those that came already too. */
  until(what: string, wanted: (event: WatchEvent) => boolean): Promise<WatchEvent>
  /** Resolves when the server has ended the watch. */
  ended: Promise<void>
  close(): void
}

export async function openWatch(t: Test, client: RawClient, path: string): Promise<WatchProbe> {
  const { status, lines, close } = await client.stream(path)
  const events: WatchEvent[] = []
  const collect = async () => {
    for await (const line of lines) if (line !== '') events.push(JSON.parse(line))
  }
  const ended = collect().catch(() => undefined)
  t.teardown(close)
  const until: WatchProbe['until'] = (what, wanted) =>
    waitUntil(what, () => events.find(wanted), 30).catch(error => {
      throw new Error(`${error.message}; came: ${JSON.stringify(events.map(summary))}`)
    })
  return { status, events, until, ended, close }
}

/** An event as type and name, to compare sequences with. */
export const summary = ({ type, object }: WatchEvent): string =>
  `${type} ${at(object, 'metadata', 'name') ?? ''}`.trim()

export const versionOf = (object: unknown): string => textAt(object, 'metadata', 'resourceVersion')
