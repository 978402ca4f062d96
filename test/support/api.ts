import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type JobsApiConfig, jobsApiConfig } from '../../src/api/config.ts'
import { createJobsApi } from '../../src/api/service.ts'
import { createObjects } from '../../src/local/admin.ts'
import { apiConfigOf, sandboxSettingsOf } from '../../src/local/configs.ts'
import { imageConfigMap } from '../../src/local/images.ts'
import { createPki } from '../../src/local/pki.ts'
import type { KeyPair } from '../../src/pki/authority.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { parseConfig } from '../../src/platform/config.ts'
import { createLog } from '../../src/platform/log.ts'
import { createControlClient } from '../../src/sandbox/control/client.ts'
import { createSandbox } from '../../src/sandbox/service.ts'
import { startBetween } from './between.ts'
import { chartObjects } from './chart.ts'
import { createRawClient, type RawClient } from './raw-client.ts'
import { issueTool, writeHome } from './write-home.ts'

export interface ApiOptions {
  tools?: string[]
  pods?: 'processes' | 'none'
  /** Whether the test may answer in the control plane's place, by `between`. */
  intercepted?: boolean
  /** Settings of single sections that differ from a sandbox's. */
  config?: SectionChanges
}

export type SectionChanges = { [Section in keyof JobsApiConfig]?: object }

/** All tests of the service also pass without views: TEST_VIEWS=off. */
const usualChanges: SectionChanges = process.env['TEST_VIEWS'] === 'off' ? { views: { enabled: false } } : {}

/**
 * The real service over mutual TLS before the embedded control plane, with the home and the certificate of each tool.
 * All of it ends with the test.
 */
export async function startApi(
  t: Pick<Test, 'teardown'>,
  { tools = ['tf-test'], pods = 'none', config = {}, intercepted = false }: ApiOptions = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'jobs-api-'))
  const homes = join(folder, 'project')
  mkdirSync(homes)
  const pki = await createPki(join(folder, 'pki'), Date.now())
  const lines: Record<string, unknown>[] = []
  const log = createLog({ level: 'debug', service: 'test' }, { write: line => lines.push(JSON.parse(line)) })
  const deps = { clock: systemClock, log }

  const settings = { ...sandboxSettingsOf({ pki, port: 0, options: { dir: folder, pods } }), ingress_port: 0 }
  const sandbox = createSandbox(settings, deps)
  const { url: controlPlaneUrl, ingress } = await sandbox.start()
  const access = { url: controlPlaneUrl, ca: pki.ca, pair: pki.admin }
  await createObjects(access, [...(await chartObjects('rbac.yaml')), imageConfigMap()])
  const pairs = new Map<string, KeyPair>()
  for (const tool of tools) {
    await createObjects(
      access,
      await chartObjects('tool.yaml', { TOOL: tool, UID: String(process.getuid?.() ?? 1000) }),
    )
    const pair = await issueTool(pki, tool)
    writeHome(join(homes, tool), { tool, server: controlPlaneUrl, ca: pki.ca, pair })
    pairs.set(tool, pair)
  }

  const { serviceFiles } = pki
  const [certificate, key] = [serviceFiles.certificate, serviceFiles.key].map(file => readFileSync(file, 'utf8'))
  const serviceKeys = { certificate: `${certificate}`, key: `${key}` }
  const between = await startBetween(t, {
    target: controlPlaneUrl,
    ca: pki.ca,
    server: pki.server,
    keysOf: name => pairs.get(name) ?? serviceKeys,
  })
  const usual = apiConfigOf({ pki, controlPlaneUrl: intercepted ? between.url : controlPlaneUrl, homes })
  const settingsWith = (changes: SectionChanges) => {
    // A list in a file takes the place of the one in the cluster.
    const { deny_list, ...others } = usual
    const base = 'deny_list_file' in (changes.listener ?? {}) ? others : usual
    const sections = Object.entries(base).map(([name, section]) => [
      name,
      { ...section, ...usualChanges[name as keyof JobsApiConfig], ...changes[name as keyof JobsApiConfig] },
    ])
    return parseConfig(jobsApiConfig, JSON.stringify(Object.fromEntries(sections)))
  }
  const service = createJobsApi(settingsWith(config), deps)
  const address = await service.start()
  const url = `https://127.0.0.1:${address.port}`
  const clients: RawClient[] = []
  const client = (endpoint: string, pair?: KeyPair) => {
    const made = createRawClient({ url: endpoint, ca: pki.ca }, pair)
    clients.push(made)
    return made
  }
  const admin = client(controlPlaneUrl, pki.admin)
  t.teardown(async () => {
    for (const { close } of clients) close()
    await service.stop()
    await sandbox.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    address,
    url,
    controlPlaneUrl,
    ca: pki.ca,
    pki,
    service,
    /** The configuration of such a second instance, all ports free ones. */
    settings: (changes: SectionChanges) => settingsWith({ ...config, ...changes }),
    /** Starts a second instance before the same control plane, stopped again when it does not start. */
    async another(changes: SectionChanges) {
      const second = createJobsApi(settingsWith({ ...config, ...changes }), deps)
      t.teardown(second.stop)
      return second.start().catch(async error => {
        await second.stop()
        throw error
      })
    },
    sandbox,
    /** Steers the control plane's clock and asks it for faults. */
    control: createControlClient(join(folder, 'control.sock')),
    between,
    homes,
    /** What the service logged. */
    lines,
    pairOf: (tool: string) => pairs.get(tool),
    /** The client of a tool, with its own certificate. */
    as: (tool: string) => client(url, pairs.get(tool)),
    /** A client with another certificate, or with none. */
    with: (pair?: KeyPair) => client(url, pair),
    /** The administrator of the control plane. */
    admin,
    /** Where the control plane serves what is published, by plain HTTP. */
    ingress,
    /** Changes what a tool may use. */
    async setQuota(hard: Record<string, string>, tool = 'tf-test') {
      const path = `/api/v1/namespaces/tool-${tool}/resourcequotas/tool-${tool}`
      const type = 'application/merge-patch+json'
      const { status, text } = await admin.call('PATCH', path, { body: { spec: { hard } }, type })
      if (status !== 200) throw new Error(text)
    },
  }
}
export type Api = Awaited<ReturnType<typeof startApi>>
