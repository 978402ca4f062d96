// The same load while a real API server is killed and started again, or stands still. FAULTS=N does each N times.

import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { limitMs, limits, seed, views as usualViews } from '../support/faults/limits.ts'
import { createToolLoad, type ToolLoad } from '../support/faults/tool-load.ts'
import { roomy } from '../support/jobs-api.ts'
import { type OwnControlPlane, ownControlPlane } from '../support/own-control-plane.ts'
import { startApiBeside } from '../support/platforms.ts'
import { createRawClient } from '../support/raw-client.ts'

const times = Number(process.env['FAULTS'] ?? 1) || 10

const config = { kubernetes: { timeout_ms: 2000 }, limits }

const deaths: Record<string, (plane: OwnControlPlane) => Promise<void>> = {
  // It takes a minute, in which the service is asked thousands of times: what that costs in memory it costs once.
  'leaves in good order, and comes back': async plane => {
    plane.signal('SIGTERM')
    await plane.ended()
    await plane.up()
  },
  'is killed, and started again': async plane => {
    plane.signal('SIGKILL')
    await delay(1000)
    await plane.up()
  },
  'stands still for 4 s': async plane => {
    plane.signal('SIGSTOP')
    await delay(4000)
    plane.signal('SIGCONT')
  },
  'is killed twice in a row': async plane => {
    plane.signal('SIGKILL')
    await plane.up()
    plane.signal('SIGKILL')
    await plane.up()
  },
}

// Each death is followed by minutes of work at most; tap's own limit is for files that do less.
t.setTimeout(times * 900_000)

/** Nothing is refused for what the cluster is late to remove. */
const plenty = {
  ...roomy,
  pods: '1000',
  services: '1000',
  'requests.cpu': '1000',
  'limits.cpu': '1000',
  'requests.memory': '1000Gi',
  'limits.memory': '1000Gi',
  'count/jobs.batch': '1000',
  'count/cronjobs.batch': '1000',
  'count/deployments.apps': '1000',
}

/** The controllers begin again as well before what a job owned is gone, which took a minute at times. */
const recoverySeconds = 420

/** MiB that the service may hold: what it needs for 500 tools whom nothing troubles. */
const mostHeld = 400

/** MiB that a process holds. */
const heldBy = (pid: number): number =>
  Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

async function round(loads: readonly ToolLoad[], death: () => Promise<void>): Promise<string[]> {
  const stop = new AbortController()
  const working = Promise.all(loads.map(load => load.work(stop.signal)))
  working.catch(() => undefined)
  try {
    await delay(500)
    await death()
    await delay(500)
  } finally {
    stop.abort()
  }
  await working
  await Promise.all(loads.map(load => load.settle()))
  return loads.flatMap(load => load.problems())
}

for (const enabled of [true, false])
  t.test(
    `while the API server dies, ${enabled ? 'with' : 'without'} views (seed ${seed})`,
    { timeout: 3_600_000 },
    async t => {
      const plane = await ownControlPlane(t)
      if (plane === undefined) return
      const tools = [await plane.newTool(), await plane.newTool()]
      const type = 'application/merge-patch+json'
      for (const { name, namespace } of tools) {
        const path = `/api/v1/namespaces/${namespace}/resourcequotas/tool-${name}`
        t.equal((await plane.adminClient.call('PATCH', path, { body: { spec: { hard: plenty } }, type })).status, 200)
      }
      const views = enabled ? usualViews : { enabled }
      const api = await startApiBeside(t, plane, { ...config, views })
      const url = `https://127.0.0.1:${api.port}`
      const loads = tools.map(({ name, certificate, key }, at) => {
        const raw = createRawClient({ url, ca: plane.ca }, { certificate, key })
        t.teardown(raw.close)
        const load = createToolLoad({
          tool: name,
          raw,
          admin: plane.adminClient,
          seed: seed + 100 * at,
          limitMs,
          recoverySeconds,
        })
        t.teardown(load.listener.stop)
        return load
      })
      const held: number[] = []
      for (let time = 0; time < times; time++)
        for (const [how, death] of Object.entries(deaths)) {
          const began = performance.now()
          const wrong = await round(loads, () => death(plane))
          t.strictSame(wrong, [], `the API server ${how} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
          held.push(heldBy(api.pid))
        }
      for (const { tool, counts, listener, slowest } of loads)
        t.comment(
          `${tool}: ${JSON.stringify(Object.fromEntries(counts))}, events begun ${listener.begun}, slowest ${Math.round(slowest())} ms`,
        )
      t.comment(`memory in MiB: ${held.map(Math.round).join(' ')}`)
      const grown = (held.at(-1) ?? 0) - (held[0] ?? 0)
      t.ok(Math.max(...held) < mostHeld, `the service holds less than ${mostHeld} MiB`)
      t.ok(grown < 64, `the service has grown by ${Math.round(grown)} MiB in ${held.length} rounds`)
    },
  )
