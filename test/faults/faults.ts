// The service while the cluster fails it: every answer is right or a refusal in time, nothing is done twice or lost, and all is
// well again when the fault has gone. FAULTS_SEED chooses other calls; FAULTS=N has each fault N times, FAULTS=all each with
// every target and for every length, which takes an hour; FAULTS_ONLY=PATTERN those whose names match.

import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { type Api, startApi } from '../support/api.ts'
import { limitMs, limits, seed, views } from '../support/faults/limits.ts'
import { seeded } from '../support/faults/random.ts'
import { createToolLoad, type ToolLoad } from '../support/faults/tool-load.ts'
import { allWeathers, clearWeather, someWeathers, type Weather } from '../support/faults/weather.ts'
import { roomy } from '../support/jobs-api.ts'
import { waitUntil } from '../support/wait-until.ts'

const extent = process.env['FAULTS'] ?? '1'
const only = process.env['FAULTS_ONLY'] ?? ''

const tools = ['tf-a', 'tf-b']
const config = { kubernetes: { timeout_ms: 1000 }, limits }

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function heapMiB(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}

function weathers(): Weather[] {
  const random = seeded(seed)
  const all = extent === 'all' ? allWeathers(random) : someWeathers(Number(extent), random)
  return all.filter(({ name }) => new RegExp(only).test(name))
}

/** Reads ask the cluster for nothing but the lease. */
async function readsFromMemory(api: Api, tool: string): Promise<boolean> {
  const client = api.as(tool)
  await client.call('GET', `/jobs/v1/tool/${tool}/jobs`)
  await api.control.requests.mark()
  await client.call('GET', `/jobs/v1/tool/${tool}/jobs`)
  return (await api.control.requests.total({ user: tool, verb: 'list' })) === 0
}

async function round(t: Test, weather: Weather, { api, loads }: { api: Api; loads: readonly ToolLoad[] }) {
  const began = performance.now()
  const stop = new AbortController()
  const working = Promise.all(loads.map(load => load.work(stop.signal)))
  working.catch(() => undefined)
  await weather.begin(api.control)
  await delay(weather.lasts)
  await clearWeather(api.control)
  await delay(200)
  stop.abort()
  await working
  await Promise.all(loads.map(load => load.settle()))
  const wrong = loads.flatMap(load => load.problems())
  t.strictSame(wrong, [], `${weather.name} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
}

t.setTimeout(extent === '1' ? 600_000 : 7_200_000)

for (const enabled of [true, false])
  t.test(`under every fault, ${enabled ? 'with' : 'without'} views (seed ${seed})`, { timeout: 7_200_000 }, async t => {
    const api = await startApi(t, { tools, config: { ...config, views: enabled ? views : { enabled } } })
    for (const tool of tools) await api.setQuota(roomy, tool)
    const loads = tools.map((tool, at) =>
      createToolLoad({ tool, raw: api.as(tool), admin: api.admin, seed: seed + 100 * at, limitMs }),
    )
    const heaps: number[] = []
    // In CI without views half of it.
    for (const weather of weathers().filter((_, at) => enabled || extent !== '1' || at % 2 === 0)) {
      await round(t, weather, { api, loads })
      if (enabled)
        await waitUntil(`views after ${weather.name}`, async () => {
          const all = await Promise.all(tools.map(tool => readsFromMemory(api, tool)))
          return all.every(Boolean)
        }).catch(error => t.fail(error.message))
      api.lines.length = 0
      heaps.push(heapMiB())
    }
    for (const { tool, counts, listener, slowest } of loads)
      t.comment(
        `${tool}: ${JSON.stringify(Object.fromEntries(counts))}, events begun ${listener.begun}, slowest ${Math.round(slowest())} ms`,
      )
    t.comment(`heap in MiB: ${heaps.map(Math.round).join(' ')}`)
    // Service, cluster and test are one process; each round leaves something in the cluster's history.
    const grown = (heaps.at(-1) ?? 0) - (heaps[0] ?? 0)
    t.ok(grown < 32 + heaps.length, `the heap has grown by ${Math.round(grown)} MiB in ${heaps.length} rounds`)
    await Promise.all(loads.map(({ listener }) => listener.stop()))
  })
