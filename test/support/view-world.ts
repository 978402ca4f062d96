import type { Test } from 'tap'
import type { KubeJob } from '../../src/jobs/wire.ts'
import { createClusters } from '../../src/kube/clusters.ts'
import type { ViewsConfig } from '../../src/kube/config.ts'
import { createViews, type ViewCredentials } from '../../src/kube/view.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { quietLog } from '../../src/platform/log.ts'
import type { SandboxSettings } from '../../src/sandbox/service.ts'
import { apply, chartObjects } from './chart.ts'
import { startSandbox } from './sandbox.ts'
import { startTcpProxy } from './tcp-proxy.ts'

export const usual: ViewsConfig = { enabled: true, most: 1000, idle_s: 300, lease_s: 4, behind_s: 10 }

export interface ViewWorldOptions {
  views?: Partial<ViewsConfig>
  sandbox?: Partial<SandboxSettings>
  plane?: { ping_ms?: number; timeout_ms?: number }
}

/** Views on a control plane of the test's own, with a way between them that can be broken, and the requests that came there. */
export async function startViews(t: Test, { views: config, sandbox: settings, plane }: ViewWorldOptions = {}) {
  const world = await startSandbox(t, settings)
  await apply(world.admin, await chartObjects('rbac.yaml'))
  const proxy = await startTcpProxy(t, world.endpoint.url)
  const clock = systemClock
  const clusters = createClusters(
    { server: proxy.url, ca: world.endpoint.ca, timeout_ms: 5000, ...plane },
    { clock, limits: { most: 1100, idleMs: 300_000, sweepMs: 30_000 } },
  )
  const views = createViews({ clusters, config: { ...usual, ...config }, clock, log: quietLog })
  t.teardown(async () => {
    await views.stop()
    await clusters.stop()
  })
  let fingerprints = 0
  const credentialsOf = async (tool: string, notAfter = world.life.notAfter): Promise<ViewCredentials> => {
    const keys = await world.keys([{ O: ['toolforge'] }, { CN: [tool] }])
    return { tool, ...keys, fingerprint: `F${++fingerprints}`, notAfter }
  }
  /** A tool as the platform sets it up, with its quota out of the way. */
  const newTool = async (tool = 'a', notAfter?: number) => {
    await apply(world.admin, await chartObjects('tool.yaml', { TOOL: tool, UID: '1000' }))
    const hard = { 'count/jobs.batch': '10000', pods: '10000' }
    const quota = `/api/v1/namespaces/tool-${tool}/resourcequotas/tool-${tool}`
    await world.admin.call('PATCH', quota, { body: { spec: { hard } }, type: 'application/merge-patch+json' })
    return credentialsOf(tool, notAfter)
  }
  return { ...world, proxy, clusters, views, credentialsOf, newTool }
}

export const jobPath = (name = '', tool = 'a'): string => `/apis/batch/v1/namespaces/tool-${tool}/jobs/${name}`

export const jobNamed = (name: string, more: NonNullable<KubeJob['metadata']> = {}): KubeJob => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, ...more },
  spec: {
    backoffLimit: 0,
    suspend: true,
    template: {
      spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'i', command: ['true'] }] },
    },
  },
})

export const namesOf = (items: readonly { metadata?: { name?: string } }[]): string[] =>
  items.map(({ metadata }) => metadata?.name ?? '')
