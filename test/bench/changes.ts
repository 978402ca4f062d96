import { createRawClient, type RawClient } from '../support/raw-client.ts'
import { waitUntil } from '../support/wait-until.ts'
import { ask } from './ask.ts'
import type { Bench, Sample } from './figures.ts'
import { collectionOf, copyOf, modelOf, oneOff } from './fill.ts'
import type { BenchTool, InWorld, World } from './world.ts'

const rounds = 4
const changesInRound = 100
/** Milliseconds. */
const longestWait = 20_000

/** When each mark was first seen in a stream, in milliseconds; whoever waits for one is told. */
function follow(lines: AsyncIterable<string>, isIt: (line: string) => string | undefined) {
  const seen = new Map<string, PromiseWithResolvers<number>>()
  const of = (mark: string) => {
    const found = seen.get(mark) ?? Promise.withResolvers<number>()
    if (!seen.has(mark)) setTimeout(() => found.reject(new Error(`nobody told of ${mark}`)), longestWait).unref()
    seen.set(mark, found)
    return found
  }
  const reading = (async () => {
    for await (const line of lines) {
      const mark = isIt(line)
      if (mark !== undefined) of(mark).resolve(performance.now())
    }
  })()
  reading.catch(() => undefined)
  return { at: (mark: string) => of(mark).promise }
}

const markIn = (line: string): string | undefined => /mark-\d+-/.exec(line)?.[0]

/** A job whose pod nobody gives a node, so that nobody but the bench says how it is. */
async function heldJob(world: World, tool: BenchTool): Promise<string> {
  const object = JSON.parse(copyOf(await modelOf(world, tool, oneOff), 'held'))
  object.spec.template.spec.schedulerName = 'nobody'
  await ask(world.admin, 'POST', collectionOf(oneOff, tool), { body: object })
  return object.metadata.name
}

const podOf = (admin: RawClient, path: string): Promise<string> =>
  waitUntil('the pod', async () => {
    const { items } = JSON.parse((await ask(admin, 'GET', path)).text)
    return items[0]?.metadata?.name
  })

const waits = (mark: string) => ({
  status: {
    containerStatuses: [
      {
        name: 'job',
        image: 'none',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'CreateContainerConfigError', message: mark } },
      },
    ],
  },
})

export const changes = (name: string, inWorld: InWorld): Bench => ({
  name,
  what: "milliseconds from a plain watch's news of a pod to the job's in a stream of events, of 99 in 100 at most",
  unit: 'ms',
  target: 50,
  better: 'less',
  measure: () =>
    inWorld(async world => {
      const { tools, api, kubernetes, admin, ca } = world
      const [tool] = tools
      await heldJob(world, tool)
      const pods = `/api/v1/namespaces/tool-${tool.name}/pods`
      const pod = await podOf(admin, `${pods}?labelSelector=job-name%3Dheld`)
      const plain = await createRawClient(kubernetes, tool).stream(`${pods}?watch=true`)
      const stream = await createRawClient({ url: api.url, ca }, tool).stream(`/jobs/v1/tool/${tool.name}/events`)
      const watched = follow(plain.lines, markIn)
      const events = follow(stream.lines, markIn)
      try {
        const samples: Sample[] = []
        for (let round = 0; round <= rounds; round++) {
          const late: number[] = []
          for (let index = 0; index < changesInRound; index++) {
            const mark = `mark-${round * changesInRound + index}-`
            const [first, then] = [watched.at(mark), events.at(mark)]
            const type = 'application/strategic-merge-patch+json'
            await ask(admin, 'PATCH', `${pods}/${pod}/status`, { body: waits(mark), type })
            const [told, known] = await Promise.all([then, first])
            late.push(told - known)
          }
          late.sort((a, b) => a - b)
          samples.push({ value: late[Math.ceil(late.length * 0.99) - 1] ?? Number.NaN })
        }
        return samples.slice(1)
      } finally {
        plain.close()
        stream.close()
      }
    }),
})
