// How often the control plane is asked; the embedded one counts.

import { ask } from './ask.ts'
import type { Bench, Sample } from './figures.ts'
import { fill, jobsPath, oneOff } from './fill.ts'
import { type BenchTool, embedded, type World } from './world.ts'

const rounds = 5

type Work = (world: World, tool: BenchTool) => Promise<{ calls: number }>

/** Requests in a tool's name for each call of some work; the lease's are not among them where `without` says so. */
async function countOf(world: World, { work, without }: { work: Work; without: 'lease' | 'nothing' }): Promise<number> {
  const { requests, tools } = world
  if (requests === undefined) throw new Error('this control plane does not count')
  const [tool] = tools
  await requests.mark()
  const { calls } = await work(world, tool)
  const all = await requests.list({ user: tool.name })
  const counted = all.filter(({ resource }) => without === 'nothing' || resource !== 'selfsubjectaccessreviews')
  return counted.reduce((sum, { count }) => sum + count, 0) / calls
}

const bench = (figure: Pick<Bench, 'name' | 'what' | 'target'>, how: Parameters<typeof countOf>[1]): Bench => ({
  ...figure,
  unit: 'calls',
  better: 'less',
  measure: () =>
    embedded(async world => {
      const [tool] = world.tools
      await fill(world, [tool], 10)
      // The first of each opens the view, and learns whose namespace it is.
      await ask(world.client(world.api.url, tool), 'GET', jobsPath(tool))
      await how.work(world, tool)
      const samples: Sample[] = []
      for (let round = 0; round < rounds; round++) samples.push({ value: await countOf(world, how) })
      return samples
    }),
})

const times = (calls: number, path: (tool: BenchTool) => string): Work => {
  return async (world, tool) => {
    const api = world.client(world.api.url, tool)
    for (let call = 0; call < calls; call++) await ask(api, 'GET', path(tool))
    return { calls }
  }
}

let made = 0
const jobs = 10

const creates: Work = async (world, tool) => {
  const api = world.client(world.api.url, tool)
  for (let call = 0; call < jobs; call++) await ask(api, 'POST', jobsPath(tool), { body: oneOff.job(`new-${made++}`) })
  return { calls: jobs }
}

export const requests: Bench[] = [
  bench(
    { name: 'requests-list', what: 'Kubernetes requests for each warm list, the lease apart', target: 0 },
    { work: times(100, jobsPath), without: 'lease' },
  ),
  bench(
    { name: 'requests-show', what: 'Kubernetes requests for each warm show, the lease apart', target: 0 },
    { work: times(100, tool => `${jobsPath(tool)}job-1`), without: 'lease' },
  ),
  bench(
    { name: 'requests-create', what: 'Kubernetes requests for each create, all counted', target: 3 },
    { work: creates, without: 'nothing' },
  ),
]
