import { at, listAt, textAt } from '../json.ts'
import type { RawClient } from '../raw-client.ts'
import { absent, type State } from './model.ts'

const paths = {
  jobs: 'apis/batch/v1',
  cronjobs: 'apis/batch/v1',
  deployments: 'apis/apps/v1',
  replicasets: 'apis/apps/v1',
  services: 'api/v1',
  pods: 'api/v1',
} as const

type Kind = keyof typeof paths

interface Seen {
  readonly name: string
  readonly uid: string
  readonly owner: string | undefined
  /** A Service's only. */
  readonly port: unknown
}

const seenOf = (object: unknown): Seen => {
  const owner = at(object, 'metadata', 'ownerReferences', 0, 'uid')
  return {
    name: textAt(object, 'metadata', 'name'),
    uid: textAt(object, 'metadata', 'uid'),
    owner: typeof owner === 'string' ? owner : undefined,
    port: at(object, 'spec', 'ports', 0, 'port'),
  }
}

async function listOf(admin: RawClient, tool: string, kind: Kind): Promise<Seen[]> {
  const { status, body, text } = await admin.call('GET', `/${paths[kind]}/namespaces/tool-${tool}/${kind}`)
  if (status !== 200) throw new Error(text)
  return listAt(body, 'items').map(seenOf)
}

/** What has an owner that is not there any more: kinds and names. */
export async function orphansOf(admin: RawClient, tool: string): Promise<string[]> {
  const lists: Lists = {}
  // What owns is listed after what is owned, which it may have been made with.
  for (const kind of ['pods', 'services', 'replicasets', 'deployments', 'jobs', 'cronjobs'] as const)
    lists[kind] = await listOf(admin, tool, kind)
  return orphansIn(lists)
}

type Lists = { [K in Kind]?: readonly Seen[] }

function orphansIn(lists: Lists): string[] {
  const uids = new Set(Object.values(lists).flatMap(seen => seen.map(({ uid }) => uid)))
  return Object.entries(lists).flatMap(([kind, seen]) =>
    seen.filter(({ owner }) => owner !== undefined && !uids.has(owner)).map(({ name }) => `${kind} ${name}`),
  )
}

const sorted = (names: readonly string[]): string => [...names].sort().join(' ')

/** What the cluster's objects of a tool are other than the states of its jobs say, in sentences. */
export async function objectProblems(
  admin: RawClient,
  tool: string,
  states: ReadonlyMap<string, State>,
): Promise<string[]> {
  const [jobs, cronjobs, deployments, services] = await Promise.all(
    (['jobs', 'cronjobs', 'deployments', 'services'] as const).map(kind => listOf(admin, tool, kind)),
  )
  const wanted = [...states]
    .filter(([, state]) => state !== absent)
    .map(([name, state]) => ({ name, parts: JSON.parse(state) as [string, string, string | null, number | null] }))
  const namesOf = (type: string) => wanted.filter(({ parts }) => parts[0] === type).map(({ name }) => name)
  const problems: string[] = []
  const same = (what: string, there: readonly Seen[], names: readonly string[]): void => {
    if (sorted(there.map(({ name }) => name)) !== sorted(names))
      problems.push(
        `${tool}: the cluster has the ${what} ${sorted(there.map(({ name }) => name))}, and the jobs are ${sorted(names)}`,
      )
  }
  const ownJobs = (jobs ?? []).filter(({ owner }) => owner === undefined)
  same('Jobs', ownJobs, namesOf('one-off'))
  same('CronJobs', cronjobs ?? [], namesOf('scheduled'))
  same('Deployments', deployments ?? [], namesOf('continuous'))
  const withPort = wanted.filter(({ parts }) => parts[0] === 'continuous' && parts[3] !== null)
  same(
    'Services',
    services ?? [],
    withPort.map(({ name }) => name),
  )
  const own = { deployments: deployments ?? [], services: services ?? [] }
  // Not of ReplicaSets and pods: a controller that is behind may make them for what is gone, after the service has cleared it.
  const orphans = orphansIn({ jobs: jobs ?? [], cronjobs: cronjobs ?? [], ...own })
  return [
    ...problems,
    ...orphans.map(orphan => `${tool}: ${orphan} has an owner that is gone`),
    ...withPort.flatMap(({ name, parts }) => serviceProblems(name, parts[3], { tool, ...own })),
    ...runProblems(tool, cronjobs ?? [], jobs ?? []),
  ]
}

interface Own {
  readonly tool: string
  readonly deployments: readonly Seen[]
  readonly services: readonly Seen[]
}

function serviceProblems(name: string, port: number | null, { tool, deployments, services }: Own): string[] {
  const service = services.find(one => one.name === name)
  const deployment = deployments.find(one => one.name === name)
  if (service === undefined || (service.owner === deployment?.uid && service.port === port)) return []
  return [`${tool}: the Service ${name} is not that of its Deployment: ${JSON.stringify(service)}`]
}

const runProblems = (tool: string, cronjobs: readonly Seen[], jobs: readonly Seen[]): string[] =>
  cronjobs
    .map(({ name, uid }) => ({ name, runs: jobs.filter(({ owner }) => owner === uid).length }))
    .filter(({ runs }) => runs > 1)
    .map(({ name, runs }) => `${tool}: ${name} has ${runs} runs at once`)
