import { alternate } from './alternate.ts'
import { ask } from './ask.ts'
import type { Bench } from './figures.ts'
import { fill, jobsPath } from './fill.ts'
import { startFloor } from './floor.ts'
import { type LoadResult, runLoad } from './load.ts'
import type { BenchTool, InWorld, World } from './world.ts'

const load = { connections: 16, milliseconds: 2000 }

const loadOf = (world: World, tool: BenchTool): Promise<LoadResult> => {
  const { api, ca } = world
  return runLoad({ ...load, ...tool, ca, origin: api.url, path: jobsPath(tool), pid: api.pid })
}

/** What is compared of the two servers. */
type By = Pick<Bench, 'unit' | 'target' | 'better'> & { what: string; of(result: LoadResult): number }

const throughput: By = {
  what: 'a second',
  unit: '/s',
  target: 0.6,
  better: 'more',
  of: ({ perSecond }) => perSecond,
}

/** Does not depend on what else the machine does, and not on the client either. */
const processorTime: By = {
  what: ", the server's milliseconds of processor time for each",
  unit: 'ms',
  target: null,
  better: 'less',
  of: ({ processorMs }) => processorMs,
}

const warmList = (name: string, by: By, inWorld: InWorld): Bench => ({
  name,
  what: `warm lists of 100 jobs${by.what.startsWith(',') ? '' : ' '}${by.what}, against a bare Fastify handler with the same bytes over the same mutual TLS`,
  unit: by.unit,
  target: by.target,
  better: by.better,
  measure: () =>
    inWorld(async world => {
      const { tools, api, ca, server } = world
      const [tool] = tools
      await fill(world, [tool], 100)
      const body = (await ask(world.client(api.url, tool), 'GET', jobsPath(tool))).text
      const floor = await startFloor({ kind: 'fastify', ca, ...server, body })
      const origin = `https://127.0.0.1:${floor.port}`
      try {
        return await alternate(
          async () => by.of(await loadOf(world, tool)),
          async () => by.of(await runLoad({ ...load, ...tool, ca, origin, path: '/', pid: floor.pid })),
        )
      } finally {
        floor.stop()
      }
    }),
})

const perByte = (name: string, inWorld: InWorld): Bench => ({
  name,
  what: "the server's nanoseconds of processor time for a byte of a list of 500 jobs, against one of 10 jobs",
  unit: 'ns',
  target: 1,
  better: 'less',
  measure: () =>
    inWorld(
      async world => {
        const [many, few = many] = world.tools
        await fill(world, [many], 500)
        await fill(world, [few], 10)
        const cost = async (tool: BenchTool) => {
          const { processorMs, bytes } = await loadOf(world, tool)
          return (processorMs * 1e6) / bytes
        }
        return await alternate(
          () => cost(many),
          () => cost(few),
        )
      },
      { tools: 2 },
    ),
})

export const lists = (name: (base: string) => string, inWorld: InWorld): Bench[] => [
  warmList(name('list-100-jobs'), throughput, inWorld),
  warmList(name('list-100-jobs-processor'), processorTime, inWorld),
  perByte(name('list-500-jobs-per-byte'), inWorld),
]
