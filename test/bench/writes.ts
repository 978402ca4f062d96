import { alternate } from './alternate.ts'
import { ask } from './ask.ts'
import { type Bench, median } from './figures.ts'
import { collectionOf, copyOf, jobsPath, modelOf, oneOff, scheduled } from './fill.ts'
import type { InWorld, World } from './world.ts'

const calls = 15

/** Milliseconds that half of some calls took at most. */
async function p50(names: readonly string[], call: (name: string) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (const name of names) {
    const from = performance.now()
    await call(name)
    times.push(performance.now() - from)
  }
  return median(times)
}

/** How a job is made and deleted by the API, and by Kubernetes' own. */
async function waysOf(world: World) {
  const { api, kubernetes, tools } = world
  const [tool] = tools
  const ours = world.client(api.url, tool)
  const plain = world.client(kubernetes.url, tool)
  const jobs = jobsPath(tool)
  // Pods that really run would be measured as well.
  const kind = world.runsPods ? scheduled : oneOff
  const objects = collectionOf(kind, tool)
  const model = await modelOf(world, tool, kind)
  let count = 0
  return {
    names: () => Array.from({ length: calls }, () => `job-${count++}`),
    ours: {
      create: (name: string) => ask(ours, 'POST', jobs, { body: kind.job(name) }),
      remove: (name: string) => ask(ours, 'DELETE', `${jobs}${name}`),
    },
    plain: {
      create: (name: string) => ask(plain, 'POST', objects, { body: copyOf(model, name) }),
      remove: (name: string) =>
        ask(plain, 'DELETE', `${objects}/${name}`, { body: { propagationPolicy: 'Background' } }),
    },
    /** Before each round, so that none is slower for what the ones before left. */
    clear: () => ask(ours, 'DELETE', jobs),
  }
}

type Way = Awaited<ReturnType<typeof waysOf>>['ours']

/** A write by the API against the same by Kubernetes; `before` is done to each name first and not measured. */
const write = (
  facts: Pick<Bench, 'name' | 'what' | 'target'>,
  { inWorld, call, before }: { inWorld: InWorld; call: keyof Way; before?: keyof Way },
): Bench => ({
  ...facts,
  unit: 'ms',
  better: 'less',
  measure: () =>
    inWorld(async world => {
      const { names, ours, plain, clear } = await waysOf(world)
      const timed = (way: Way) => async () => {
        await clear()
        const all = names()
        if (before !== undefined) for (const one of all) await plain[before](one)
        return p50(all, way[call])
      }
      return await alternate(timed(ours), timed(plain))
    }),
})

export const writes = (name: (base: string) => string, inWorld: InWorld): Bench[] => [
  write(
    {
      name: name('create-job'),
      what: 'milliseconds of half of the creates at most, against the plain create of the same object in Kubernetes',
      target: 1.3,
    },
    { inWorld, call: 'create' },
  ),
  write(
    {
      name: name('delete-job'),
      what: 'milliseconds of half of the deletes at most, until the job is gone, against the plain delete in Kubernetes',
      target: 3,
    },
    { inWorld, call: 'remove', before: 'create' },
  ),
]
