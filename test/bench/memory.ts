import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { createRawClient } from '../support/raw-client.ts'
import { ask } from './ask.ts'
import type { Bench, Sample } from './figures.ts'
import { fill, jobsPath } from './fill.ts'
import { type BenchTool, embedded, type World } from './world.ts'

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

const views: Bench = {
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

const shakes = 2000

/** What a process keeps of connections that have ended: with leaks in TLS, which no count of objects shows. */
const connections: Bench = {
  name: 'memory-of-connections',
  what: `MiB that ${shakes} more connections of a client that sends its authority's certificate along leave behind`,
  unit: 'MiB',
  target: 2,
  better: 'less',
  measure: () =>
    embedded(async world => {
      const [tool] = world.tools
      const port = Number(new URL(world.api.url).port)
      const samples: Sample[] = []
      let held = 0
      // In the first ones it grows to what it needs for so many at once.
      for (let round = 0; round < 9; round++) {
        await openAndClose({ port, ca: world.ca, tool })
        const now = residentOf(world.api.pid)
        if (round > 3) samples.push({ value: now - held })
        held = now
      }
      return samples
    }),
}

async function openAndClose({ port, ca, tool }: { port: number; ca: string; tool: BenchTool }): Promise<void> {
  let left = shakes
  const worker = async () => {
    while (left-- > 0) {
      const socket = connect({ port, host: '127.0.0.1', ca, cert: tool.certificate, key: tool.key })
      await once(socket, 'secureConnect')
      socket.end().resume()
      await once(socket, 'close')
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

export const memory: Bench[] = [views, connections]
