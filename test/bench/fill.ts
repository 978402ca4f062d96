import { setTimeout as delay } from 'node:timers/promises'
import { waitUntil } from '../support/wait-until.ts'
import { ask } from './ask.ts'
import type { BenchTool, World } from './world.ts'

export const jobsPath = ({ name }: BenchTool): string => `/jobs/v1/tool/${name}/jobs/`

/** How a job is asked for, and what of Kubernetes it then is. */
export interface Model {
  /** As a user asks for it. */
  job(name: string): object
  /** The API group's version. */
  version: string
  kind: string
  plural: string
  /** What keeps its pods from being started where they would really run. */
  still: object
}

const job = (name: string) => ({ name, imagename: 'bookworm', cmd: './work --once', filelog: false })

export const oneOff: Model = {
  job: name => ({ ...job(name), job_type: 'one-off', emails: 'onfailure', retry: 2 }),
  version: 'batch/v1',
  kind: 'Job',
  plural: 'jobs',
  still: { suspend: true },
}

/** At night: nothing runs while something is measured, but for one minute a day. */
export const scheduled: Model = {
  job: name => ({ ...job(name), job_type: 'scheduled', schedule: '17 3 * * *', memory: '1Gi', cpu: '0.5' }),
  version: 'batch/v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  still: { suspend: true },
}

const continuous: Model = {
  job: name => ({ ...job(name), job_type: 'continuous', filelog: true }),
  version: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  still: { replicas: 0 },
}

/** Of ten jobs five are one-off, three scheduled and two continuous. */
const ofTen = [5, 3, 2].flatMap((count, at) => Array<number>(count).fill(at))
const models = [oneOff, scheduled, continuous]

export const collectionOf = ({ version, plural }: Model, { name }: BenchTool): string =>
  `/apis/${version}/namespaces/tool-${name}/${plural}`

/** Where Kubernetes has what a list is made of, events apart. */
export const collections = (tool: BenchTool): string[] => [
  ...models.map(model => collectionOf(model, tool)),
  `/api/v1/namespaces/tool-${tool.name}/pods`,
]

/** The name for which that of a copy is put in. */
const standIn = 'the-model'

/** What the API makes of a job, to make copies of. */
export async function modelOf(world: World, tool: BenchTool, model: Model): Promise<string> {
  const api = world.client(world.api.url, tool)
  await ask(api, 'POST', jobsPath(tool), { body: model.job(standIn) })
  const found = await ask(world.admin, 'GET', `${collectionOf(model, tool)}/${standIn}`)
  await ask(api, 'DELETE', `${jobsPath(tool)}${standIn}`)
  const {
    metadata: { labels, annotations },
    spec,
  } = JSON.parse(found.text)
  if (model === oneOff) {
    // What the control plane filled in is nobody's to give.
    spec.selector = undefined
    spec.template.metadata = { labels, annotations }
  }
  const metadata = { name: standIn, labels, annotations }
  return JSON.stringify({ apiVersion: model.version, kind: model.kind, metadata, spec })
}

/** The object of that name, made after a model. */
export const copyOf = (model: string, name: string): string => model.replaceAll(standIn, name)

const atOnce = 8

/** Gives tools so many jobs each, and waits until everything has settled. */
export async function fill(world: World, tools: readonly BenchTool[], count: number): Promise<void> {
  const [from] = world.tools
  const texts: string[] = []
  for (const model of models) {
    const object = JSON.parse(await modelOf(world, from, model))
    if (world.runsPods) Object.assign(object.spec, model.still)
    texts.push(JSON.stringify(object))
  }
  const make = async (tool: BenchTool, index: number) => {
    const at = ofTen[index % 10] ?? 0
    const [model = oneOff, text = ''] = [models[at], texts[at]]
    const body = copyOf(text.replaceAll(from.name, tool.name), `job-${index}`)
    await ask(world.admin, 'POST', collectionOf(model, tool), { body })
  }
  const left = tools.flatMap(tool => Array.from({ length: count }, (_, index) => () => make(tool, index)))
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await next()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  for (const tool of tools.slice(0, 1)) await settled(world, tool)
}

/** Resolves when no more pods of a tool are made. */
async function settled(world: World, { name }: BenchTool): Promise<void> {
  let before: number | undefined
  await waitUntil('the jobs to have their pods', async () => {
    const { text } = await ask(world.admin, 'GET', `/api/v1/namespaces/tool-${name}/pods`)
    const now: number = JSON.parse(text).items.length
    const isSame = now === before
    before = now
    if (!isSame) await delay(500)
    return isSame
  })
}
