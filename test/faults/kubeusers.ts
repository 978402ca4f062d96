// kubeusers while everything around it fails: directories that lack half of the tools or break off within a page, disks that
// are read-only, full or hang, errors at any call, clocks that jump, and its own death at any step. `FAULTS=N` makes so many
// runs instead of 500, `FAULTS_SEED` others.

import t, { type Test } from 'tap'
import type { PassReport } from '../../src/kubeusers/engine.ts'
import { failingDirectory } from '../support/failing-directory.ts'
import { after, before, type Fate, fates, shut, someTools, type Tool, toolsOf } from '../support/faults/fates.ts'
import { seeded } from '../support/faults/random.ts'
import { hour, minute, type Site, suffer, type Trouble, troublesOf } from '../support/faults/trouble.ts'
import { type KubeusersWorld, kubeusersWorld } from '../support/kubeusers-world.ts'
import { havePrograms } from '../support/programs.ts'
import { waitUntil } from '../support/wait-until.ts'

const seed = Number(process.env['FAULTS_SEED'] ?? 1)
const asked = process.env['FAULTS']
const usual = 500
const runs = asked === undefined ? usual : asked === 'all' ? 5000 : Number(asked)

/** Milliseconds: each run takes a second or two. */
const limit = 3_600_000
t.setTimeout(limit)

const namespaceOf = (tool: string) => `/api/v1/namespaces/tool-${tool}`
const appsOf = (tool: string) => `/apis/apps/v1/namespaces/tool-${tool}/deployments`
const batchOf = (tool: string) => `/apis/batch/v1/namespaces/tool-${tool}/cronjobs`

const podTemplate = { spec: { restartPolicy: 'Always', containers: [{ name: 'job', image: 'i' }] } }

/** A continuous job and a scheduled one, as a tool has them. */
async function addWorkloads({ admin }: KubeusersWorld, tool: string): Promise<void> {
  const labels = { app: 'web' }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, ...podTemplate } },
  }
  const run = { ...podTemplate, spec: { ...podTemplate.spec, restartPolicy: 'Never' } }
  const cronjob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'cron' },
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: run } } },
  }
  for (const [path, body] of [
    [appsOf(tool), deployment],
    [batchOf(tool), cronjob],
  ] as const) {
    const reply = await admin.call('POST', path, { body })
    if (reply.status !== 201) throw new Error(reply.text)
  }
}

const found = async ({ admin }: KubeusersWorld, path: string) => {
  const reply = await admin.call('GET', path)
  return reply.status === 200 ? JSON.parse(reply.text) : undefined
}

/** What a home holds; of one that hung a moment ago once its helper is gone. */
async function homeOf({ homes }: KubeusersWorld, account: { name: string; uid: number }) {
  const readable = async () => {
    const home = await homes.look(account)
    return 'unreadable' in home ? undefined : home
  }
  return waitUntil(`the home of ${account.name}`, readable).catch(() => homes.look(account))
}

/** All that a tool has and is, without what differs from run to run. */
async function stateOf(world: KubeusersWorld, { name: tool, uid }: Tool) {
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces'
  const network = '/apis/networking.k8s.io/v1/namespaces'
  const [namespace, binding, quota, limits, policy, marker, deployment, cronjob, list] = await Promise.all(
    [
      namespaceOf(tool),
      `${rbac}/tool-${tool}/rolebindings/toolforge-tool`,
      `${namespaceOf(tool)}/resourcequotas/tool-${tool}`,
      `${namespaceOf(tool)}/limitranges/tool-${tool}`,
      `${network}/tool-${tool}/networkpolicies/toolforge-default`,
      `${namespaceOf(tool)}/configmaps/maintain-kubeusers`,
      `${appsOf(tool)}/web`,
      `${batchOf(tool)}/cron`,
      '/api/v1/namespaces/toolforge-system/configmaps/deny-list',
    ].map(path => found(world, path)),
  )
  const annotations = Object.keys(namespace?.metadata.annotations ?? {}).sort()
  const denials: { tool: string; issuedBefore?: string }[] = JSON.parse(list?.data['list.json'] ?? '[]')
  const home = await homeOf(world, { name: tool, uid })
  const certificate =
    'unreadable' in home ? home.unreadable : 'problem' in home.certificate ? home.certificate.problem : 'good'
  return {
    namespace: namespace === undefined ? 'none' : { labels: namespace.metadata.labels, annotations },
    binding: binding?.subjects,
    quota: quota?.spec.hard,
    limits: limits !== undefined,
    policy: policy !== undefined,
    marker: marker !== undefined,
    replicas: deployment?.spec.replicas,
    noted: deployment?.metadata.annotations?.['kubeusers.toolforge.org/replicas'],
    suspended: cronjob?.spec.suspend,
    denied: denials.filter(entry => entry.tool === tool).map(({ issuedBefore }) => issuedBefore === undefined),
    home: 'unreadable' in home ? home : { home: home.home, kubeconfig: home.kubeconfig, certificate },
  }
}
type State = Awaited<ReturnType<typeof stateOf>>

/** What a tool that was served and is so still must have at any time. */
function lossesOf(state: State): string[] {
  const losses: string[] = []
  if (state.namespace === 'none') losses.push('its namespace')
  if (state.binding === undefined) losses.push('its binding')
  if (state.quota?.pods === '0') losses.push('its quota')
  if (state.replicas !== 2) losses.push('its replicas')
  if (state.suspended === true) losses.push('its schedule')
  if (state.denied.includes(true)) losses.push('its way in')
  if ('unreadable' in state.home || state.home.certificate !== 'good') losses.push('its certificate')
  return losses
}

const isIdle = ({ plan }: PassReport): boolean =>
  plan.tools.every(({ actions }) => actions.length === 0) && plan.waiting === undefined

const mostPasses = 12

/** Milliseconds for a page of a directory that is well. */
const patience = 20_000

/** Passes, ten minutes apart, until there is nothing to do: what is absent must have been so for long enough. */
async function settle({ world, directory }: Site): Promise<void> {
  const { engine, stop } = world.engine({ listing: () => directory.read(patience) })
  try {
    for (let pass = 1; pass <= mostPasses; pass++) {
      await world.advance(11 * minute)
      if (isIdle(await engine.pass()) && pass > 1) return
    }
    throw new Error(`there is still something to do after ${mostPasses} passes`)
  } finally {
    await stop()
  }
}

/** How long certificates are good, and when all of them are to be renewed. */
const life = 72 * hour
const renewal = 52 * hour

/** Tools as they were, served for a while; those that are to return are shut off. */
async function prepare(site: Site, tools: readonly Tool[]): Promise<void> {
  const { world, directory } = site
  await world.clear()
  await directory.hold(before(tools))
  await settle(site)
  for (const name of before(tools).keys()) await addWorkloads(world, name)
  if (!tools.some(({ fate }) => fate === 'returns')) return
  await directory.hold(shut(tools))
  await settle(site)
}

/** What is left of each fate when nothing goes wrong. */
async function expectations(t: Test, site: Site): Promise<Map<Fate, State>> {
  const tools = toolsOf(
    fates.map(fate => `calm-${fate}`),
    at => fates[at] ?? 'stays',
  )
  await prepare(site, tools)
  await site.directory.hold(after(tools))
  await settle(site)
  const states = new Map<Fate, State>()
  for (const tool of tools) states.set(tool.fate, await namelessState(site.world, tool))
  const bound = [...states].filter(([, { binding }]) => binding !== undefined).map(([fate]) => fate)
  t.same(bound, ['new', 'stays', 'returns', 'unclear'], 'those that are served have their binding, the others have not')
  t.same(states.get('returns')?.replicas, 2, 'what ran before runs again')
  t.same(states.get('gone')?.replicas, 0, 'what is shut off does not run')
  return states
}

/** What a tool has and is, with its name taken out. */
const namelessState = async (world: KubeusersWorld, tool: Tool): Promise<State> =>
  JSON.parse(JSON.stringify(await stateOf(world, tool)).replaceAll(tool.name, 'TOOL'))

interface Run {
  readonly tools: readonly Tool[]
  /** Whether the certificates are old when the troubles begin. */
  readonly isLate: boolean
  readonly troubles: readonly Trouble[]
}

/** What a run shows to be wrong, and what kubeusers itself complained of. */
async function outcomeOf(site: Site, { tools, isLate, troubles }: Run, expected: ReadonlyMap<Fate, State>) {
  const { world } = site
  const problems: string[] = []
  const complaints: string[] = []
  await prepare(site, tools)
  if (isLate) await world.advance(renewal)
  for (const trouble of troubles) {
    complaints.push(...(await suffer(site, tools, trouble)))
    for (const tool of tools.filter(({ fate }) => fate === 'stays' || fate === 'unclear'))
      for (const loss of lossesOf(await stateOf(world, tool)))
        problems.push(`${tool.name} lost ${loss} to ${trouble.name}`)
  }
  await settle(site).catch((error: unknown) => problems.push(String(error)))
  for (const tool of tools) {
    const [state, wanted] = [await namelessState(world, tool), expected.get(tool.fate)].map(one => JSON.stringify(one))
    if (state !== wanted) problems.push(`${tool.name} (${tool.fate}) is ${state} and not ${wanted}`)
  }
  return { problems, complaints }
}

/** What must have been seen of the troubles, or they were none. */
const signs = {
  'a call that failed': /^DomainError: The cluster cannot answer/,
  'an answer that was lost': /The connection to the cluster was lost before it answered/,
  'a wrong clock': /a certificate that is not valid now/,
  'its own death': /^Error: killed/,
  'a directory that is cut off': /^DirectoryError: .*Connection closed before message response/,
  'a directory that says nothing': /^DirectoryError: .*timed out/,
}
const signsOfDisks = {
  'a disk that is read-only': /EROFS/,
  'a disk that is full': /ENOSPC/,
  'a disk that hangs': /on the shared disk does not answer/,
}

t.test(
  `${runs} runs in trouble come to the same end as a quiet one, and no healthy tool loses anything (seed ${seed})`,
  { timeout: limit },
  async t => {
    if (!havePrograms(t, 'slapd')) return
    const site = { world: await kubeusersWorld(t, { hasDisk: true, life }), directory: await failingDirectory(t) }
    const expected = await expectations(t, site)
    const names: string[] = []
    const said: string[] = []
    for (let run = 0; run < runs; run++) {
      const random = seeded(seed * 1_000_003 + run)
      const tools = someTools(run, random)
      const isLate = random() < 0.4
      const troubles = troublesOf(site, tools, { run, random })
      const { problems, complaints } = await outcomeOf(site, { tools, isLate, troubles }, expected)
      const what = [...tools.map(({ name, fate }) => `${name} ${fate}`), ...(isLate ? ['all to be renewed'] : [])].join(
        ', ',
      )
      const story = `run ${run} (FAULTS_SEED=${seed}): ${what}; ${troubles.map(({ name }) => name).join(', then ')}`
      if (problems.length > 0) t.fail(story, { problems })
      names.push(...troubles.map(({ name }) => name.replace(/\d+/g, 'N')))
      said.push(...complaints)
    }
    const counts = [...Map.groupBy(names, name => name)].map(([name, all]) => `${name}: ${all.length}`)
    t.comment(counts.join('\n'))
    const all = { ...signs, ...(site.world.disk && signsOfDisks) }
    // A few runs need not meet all.
    for (const [what, sign] of runs < usual ? [] : Object.entries(all)) {
      const times = said.filter(text => sign.test(text)).length
      t.ok(times > 0, `${what} was met ${times} times`)
    }
    t.pass('all runs are over')
  },
)
