import { readFileSync } from 'node:fs'
import { createRawClient } from '../support/raw-client.ts'
import { ask } from './ask.ts'
import type { Bench, Sample } from './figures.ts'
import { fill, jobsPath } from './fill.ts'
import { embedded, type World } from './world.ts'

/** MiB that a process has in memory now. */
function residentOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

const atOnce = 8

/** One list of each tool, over a connection that ends with it. */
async function listAll({ tools, api, ca }: World): Promise<void> {
  const left = [...tools]
  const worker = async () => {
    for (let tool = left.shift(); tool !== undefined; tool = left.shift()) {
      const client = createRawClient({ url: api.url, ca }, tool)
      await ask(client, 'GET', jobsPath(tool))
      client.close()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

export const memory: Bench = {
  name: 'memory-500-views',
  what: "MiB of the API's process with 500 tools of 10 jobs in memory, each asked for again and again",
  unit: 'MiB',
  target: 400,
  better: 'less',
  measure: () =>
    embedded(
      async world => {
        await fill(world, world.tools, 10)
        await listAll(world)
        const samples: Sample[] = []
        for (let round = 0; round < 5; round++) {
          await listAll(world)
          samples.push({ value: residentOf(world.api.pid) })
        }
        return samples
      },
      { tools: 500 },
    ),
}
