import { Client } from 'undici'
import { ask } from './ask.ts'
import type { Bench, Sample } from './figures.ts'
import { collections, fill, jobsPath } from './fill.ts'
import type { BenchTool, InWorld, World } from './world.ts'

/** Tools before whose first list everything else is warm, and tools that count. */
const warmUp = 4
const counted = 12

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

/** Four lists in parallel on a new connection, as a program that knows what it wants would ask for them. */
async function plainLists({ kubernetes, ca }: World, tool: BenchTool): Promise<number> {
  const connect = { ca, cert: tool.certificate, key: tool.key }
  const client = new Client(kubernetes.url, { allowH2: true, pipelining: 100, connect })
  const list = async (path: string) => {
    const { statusCode, body } = await client.request({ method: 'GET', path })
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`)
    return await body.json()
  }
  try {
    return await timed(() => Promise.all(collections(tool).map(list)))
  } finally {
    await client.destroy()
  }
}

/** The connection to the API is there, as it is to everything that asks more than once. */
async function firstList(world: World, tool: BenchTool): Promise<number> {
  const api = world.client(world.api.url, tool)
  await ask(api, 'GET', '/healthz')
  return await timed(() => ask(api, 'GET', jobsPath(tool)))
}

export const coldList = (name: string, inWorld: InWorld): Bench => ({
  name,
  what: 'milliseconds of the first list of a tool, against four plain lists in parallel on a new TLS connection',
  unit: 'ms',
  target: 1.5,
  better: 'less',
  measure: () =>
    inWorld(
      async world => {
        await fill(world, world.tools, 10)
        const samples: Sample[] = []
        for (const tool of world.tools)
          samples.push({ floor: await plainLists(world, tool), value: await firstList(world, tool) })
        // That of the first tool filled it, and was a first list already.
        return samples.slice(warmUp)
      },
      { tools: warmUp + counted },
    ),
})
