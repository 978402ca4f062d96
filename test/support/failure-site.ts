import { execFileSync } from 'node:child_process'
import type { Condition, FailureCase, Refused, Step } from './failure-case.ts'
import { at, listAt, textAt } from './json.ts'
import { matches } from './object-match.ts'
import type { RawClient, Reply } from './raw-client.ts'
import { isRoot } from './tool-home.ts'
import { waitUntil } from './wait-until.ts'

/** A tool of its own for one case, and who may do what there. */
export interface FailureSite {
  tool: string
  namespace: string
  home: string
  uid: number
  /** The jobs API, as the tool. */
  api: RawClient
  /** The control plane, as its administrator. */
  admin: RawClient
}

export interface Outcome {
  code: string
  summary: string
  advice: string[]
  commands: string[]
}

/** The kind of step that has this field. */
type StepOf<Field extends string> = Extract<Step, { [F in Field]: unknown }>

const groups: Record<string, string> = {
  jobs: '/apis/batch/v1',
  cronjobs: '/apis/batch/v1',
  deployments: '/apis/apps/v1',
  replicasets: '/apis/apps/v1',
}

const mergePatch = 'application/merge-patch+json'
const strategicPatch = 'application/strategic-merge-patch+json'

const pod = { metadata: { name: 'probe' }, spec: { containers: [{ name: 'probe', image: 'probe' }] } }

const seconds = ({ slow }: FailureCase): number => (slow ? 200 : 120)

/** Replaces `${NAME}` in all texts of a value. */
function filled<T>(value: T, names: ReadonlyMap<string, string>): T {
  const text = JSON.stringify(value).replace(/\$\{([A-Z]+)\}/g, (all, name) => names.get(name) ?? all)
  return JSON.parse(text)
}

const accepted = (what: string, { status, text }: Reply): void => {
  if (status >= 300) throw new Error(`${what} was refused: ${status} ${text}`)
}

/** Asks again where the service is busy: many tools that it does not know yet come at once. */
const patient = ({ call }: RawClient): Pick<RawClient, 'call'> => ({
  call: (method, path, options) =>
    waitUntil(`an answer to ${method} ${path}`, async () => {
      const reply = await call(method, path, options)
      return reply.status !== 503 && reply
    }),
})

/** What one case does, as an administrator and as the tool; its steps may fill in names for those that follow. */
function actionsOf(one: FailureCase, site: FailureSite, names: Map<string, string>) {
  const { admin, namespace, tool } = site
  const api = patient(site.api)
  const root = (plural: string) => `${groups[plural] ?? '/api/v1'}/namespaces/${namespace}/${plural}`
  const jobs = `/jobs/v1/tool/${tool}/`
  const job = { name: one.name, imagename: 'bookworm', memory: '100Mi', filelog: false, ...one.job }
  const patch = (path: string, body: unknown, type: string) => admin.call('PATCH', path, { body, type })

  const holds = async ({ list, has, lacks, as }: Condition): Promise<boolean> => {
    const items = listAt((await admin.call('GET', root(list))).body, 'items')
    if (lacks !== undefined) return !items.some(item => matches(item, lacks))
    const found = items.find(item => matches(item, has))
    if (found !== undefined && as !== undefined) names.set(as, textAt(found, 'metadata', 'name'))
    return found !== undefined
  }
  const isRefused = async ({ refuses, because }: Refused) => {
    const { status, text } = await admin.call('POST', refuses, { body: pod })
    return status >= 400 && matches(text, because)
  }
  return {
    explain: () => api.call('GET', `${jobs}jobs/${one.name}/explain`),
    create: () => api.call('POST', `${jobs}jobs/`, { body: job }),
    ask: ({ method, path, job: changes }: StepOf<'api'>['api']) =>
      api.call(method, `${jobs}${path}`, changes === undefined ? {} : { body: { ...job, ...changes } }),
    until: (what: Condition | Refused) =>
      waitUntil(JSON.stringify(what), () => ('list' in what ? holds(what) : isRefused(what)), seconds(one)),
    change: (path: string, body: unknown) => {
      const [plural = '', name = ''] = path.split('/')
      return patch(`${root(plural)}/${name}`, body, plural === 'deployments' ? strategicPatch : mergePatch)
    },
    administer: ({ method, path, body }: StepOf<'admin'>['admin']) =>
      method === 'PATCH' ? patch(path, body, strategicPatch) : admin.call(method, path),
    /** The control plane's answer, and how to remove again what it made. */
    make: async (path: string, object: object) => {
      const reply = await admin.call('POST', path, { body: object })
      return { reply, remove: () => admin.call('DELETE', `${path}/${textAt(reply.body, 'metadata', 'name')}`) }
    },
    /** Ends the case's pods, so that others have room. */
    clear: async () => {
      await api.call('DELETE', `${jobs}jobs/`)
      await admin.call('DELETE', `${root('pods')}?gracePeriodSeconds=1`)
    },
  }
}

/** Plays one case at its site and gives what `explain` says at the end; what was injected beside the site is gone then. */
export async function playCase(one: FailureCase, site: FailureSite): Promise<Outcome> {
  const names = new Map([
    ['NS', site.namespace],
    ['TOOL', site.tool],
    ['JOB', one.name],
  ])
  const { explain, create, ask, until, change, administer, make, clear } = actionsOf(one, site, names)
  const removals: (() => Promise<unknown>)[] = [clear]

  const request = async (step: Exclude<Step, StepOf<'home'> | StepOf<'until'>>): Promise<Reply> => {
    if ('patch' in step) return change(step.patch, step.with)
    if ('api' in step) return ask(step.api)
    if ('admin' in step) return administer(step.admin)
    const { reply, remove } = await make(step.make, step.object)
    removals.push(remove)
    return reply
  }
  const take = async (given: Step): Promise<void> => {
    names.set('NOW', new Date().toISOString().replace(/\.\d+/, ''))
    const step = filled(given, names)
    if ('home' in step) return inHome(site, step.home)
    if ('until' in step) return void (await until(step.until))
    accepted(JSON.stringify(step), await request(step))
  }

  try {
    for (const step of one.before) await take(step)
    accepted('the job', await create())
    for (const step of one.after) await take(step)
    for (const condition of filled(one.settled, names)) await until(condition)
    return await explained(one, explain)
  } finally {
    for (const step of one.finally) await take(step)
    for (const remove of removals) await remove()
  }
}

function inHome({ home, uid, tool }: FailureSite, line: string): void {
  const who = isRoot ? { uid, gid: uid } : {}
  execFileSync('sh', ['-c', line], {
    ...who,
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TOOL: tool },
  })
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** What `explain` says; what the cluster knows may reach the service a moment later. */
async function explained({ code }: FailureCase, ask: () => Promise<Reply>): Promise<Outcome> {
  let last: Outcome = { code: 'none', summary: '', advice: [], commands: [] }
  const right = waitUntil(
    code,
    async () => {
      const { status, body, text } = await ask()
      const said: Record<string, unknown> =
        status === 200 ? Object(at(body, 'explanation')) : { code: String(status), summary: text }
      last = {
        code: String(said['code']),
        summary: String(said['summary']),
        advice: texts(said['advice']),
        commands: texts(said['commands']),
      }
      return last.code === code
    },
    5,
  )
  await right.catch(() => undefined)
  return last
}
