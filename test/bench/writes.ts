import { alternate } from './alternate.ts'
import { ask } from './ask.ts'
import { type Bench, median, type Sample } from './figures.ts'
import { collectionOf, copyOf, jobsPath, modelOf, oneOff, scheduled } from './fill.ts'
import { type Floor, startFloor } from './floor.ts'
import type { InWorld, World } from './world.ts'

const calls = 15
/** Rounds that do not count: the first calls of a process are compiled, and a service makes jobs for weeks. */
const warming = 8

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
  const { api, kubernetes, tools, ca, server } = world
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
    /** A handler that does nothing but pass an object on to Kubernetes; to be stopped. */
    async passingOn(): Promise<{ create: (name: string) => Promise<unknown>; floor: Floor }> {
      const to = { url: kubernetes.url, path: objects, ca, certificate: tool.certificate, key: tool.key }
      const floor = await startFloor({ kind: 'pass-on', ca, ...server, to })
      const client = world.client(`https://127.0.0.1:${floor.port}`, tool)
      return { floor, create: name => ask(client, 'POST', '/', { body: copyOf(model, name) }) }
    },
    /** Before each round, so that none is slower for what the ones before left. */
    clear: () => ask(ours, 'DELETE', jobs),
  }
}

type Ways = Awaited<ReturnType<typeof waysOf>>
type Call = keyof Ways['ours']
type Facts = Pick<Bench, 'name' | 'what' | 'target'>

/** One way of writing against another, in a warm world; `before` is done to each name first and not measured. */
async function compared(
  { names, plain, clear }: Ways,
  { value, floor, before }: Record<'value' | 'floor', (name: string) => Promise<unknown>> & { before?: Call },
): Promise<Sample[]> {
  const timed = (call: typeof value) => async () => {
    await clear()
    const all = names()
    if (before !== undefined) for (const one of all) await plain[before](one)
    return p50(all, call)
  }
  for (let round = 0; round < warming; round++) for (const call of [floor, value]) await timed(call)()
  return alternate(timed(value), timed(floor))
}

/** A write by the API against the same by Kubernetes. */
const write = (facts: Facts, { inWorld, call, before }: { inWorld: InWorld; call: Call; before?: Call }): Bench => ({
  ...facts,
  unit: 'ms',
  better: 'less',
  measure: () =>
    inWorld(async world => {
      const ways = await waysOf(world)
      const value = ways.ours[call]
      return compared(ways, { value, floor: ways.plain[call], ...(before === undefined ? {} : { before }) })
    }),
})

/** What a create costs that does no more than come by another server: no service before Kubernetes can be faster. */
const secondHop = (name: string, inWorld: InWorld): Bench => ({
  name,
  what: 'milliseconds of half of the creates at most by a bare handler that passes the object on, against the plain create',
  target: null,
  unit: 'ms',
  better: 'less',
  measure: () =>
    inWorld(async world => {
      const ways = await waysOf(world)
      const { create, floor } = await ways.passingOn()
      try {
        return await compared(ways, { value: create, floor: ways.plain.create })
      } finally {
        floor.stop()
      }
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
  secondHop(name('create-second-hop'), inWorld),
  write(
    {
      name: name('delete-job'),
      what: 'milliseconds of half of the deletes at most, until the job is gone, against the plain delete in Kubernetes',
      target: 3,
    },
    { inWorld, call: 'remove', before: 'create' },
  ),
]
