import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { type Authority, type KeyPair, loadAuthority } from '../../src/pki/authority.ts'
import { clusterHome, clusterState } from '../cluster/state.ts'
import { apply, chartObjects } from './chart.ts'
import { missing } from './programs.ts'
import { createRawClient, type Endpoint, type RawClient } from './raw-client.ts'
import { waitUntil } from './wait-until.ts'
import { writeHome } from './write-home.ts'

/** A tool of the real cluster, as kubeusers would make it. */
export interface RealTool extends KeyPair {
  name: string
  namespace: string
  /** Owner (and group) of its home. */
  uid: number
  home: string
  kubeconfig: string
}

/** The cluster of `npm run cluster up` as a test uses it. */
export interface RealCluster extends Endpoint {
  /** Signs client certificates that the cluster believes. */
  authority: Authority
  /** A certificate of `system:masters`. */
  admin: KeyPair
  adminClient: RawClient
  /** The folder with the tools' homes: what `/data/project` is in life. */
  homes: string
  /** A new tool with a random name: certificate, namespace, rights, quota, and its home on this disk. */
  newTool(): Promise<RealTool>
}

/** The image that every name of `imageConfig` stands for: the one that `cluster up` puts on the node. */
export const realImage = 'localhost/busybox:1'

const imageConfig = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'image-config', namespace: 'tf-public' },
  data: {
    'images-v1.yaml': stringify({
      bookworm: { state: 'stable', aliases: ['tf-bookworm'], image: realImage },
      'python3.11': { state: 'stable', aliases: [], image: realImage },
    }),
  },
}

const day = 86_400_000

/**
 * The real cluster, or undefined where it is not up: then the test is skipped aloud (in CI: fails). With `own` it is the test's
 * own: it need not have a node, and what is made there goes with it.
 */
export async function realCluster(
  t: Pick<Test, 'teardown' | 'pass' | 'fail'>,
  { own = false }: { own?: boolean } = {},
): Promise<RealCluster | undefined> {
  const state = clusterState()
  if (!state.up || (!own && !state.nodes.includes('Ready=True'))) {
    missing(t, 'needs the real cluster with a node: npm run cluster up')
    return undefined
  }
  const pki = (file: string) => readFile(join(clusterHome(), 'pki', file), 'utf8')
  const authority = await loadAuthority({ certificate: await pki('ca.crt'), key: await pki('ca.key') })
  const admin = { certificate: await pki('admin.crt'), key: await pki('admin.key') }
  const endpoint = { url: state.server, ca: authority.certificate }
  const adminClient = createRawClient(endpoint, admin)
  const homes = await mkdtemp(join(tmpdir(), 'homes-'))
  await chmod(homes, 0o755)
  const made: RealTool[] = []
  t.teardown(async () => {
    if (!own) await Promise.all(made.map(tool => removeTool(adminClient, tool)))
    adminClient.close()
    await rm(homes, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  })
  await apply(adminClient, [...(await chartObjects('rbac.yaml')), imageConfig])
  return {
    ...endpoint,
    authority,
    admin,
    adminClient,
    homes,
    async newTool() {
      const tool = await newTool({ endpoint, authority, adminClient, homes })
      made.push(tool)
      return tool
    },
  }
}

/** Removes a tool's namespace, and waits until its pods are gone: one that starts late makes its home again. */
export async function removeTool(admin: RawClient, { namespace }: Pick<RealTool, 'namespace'>): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`
  await admin.call('DELETE', path)
  await admin.call('DELETE', `${path}/pods?gracePeriodSeconds=1`)
  await waitUntil(`${namespace} to be gone`, async () => (await admin.call('GET', path)).status === 404, 60)
}

interface ToolMaker {
  endpoint: Endpoint
  authority: Authority
  adminClient: RawClient
  homes: string
}

async function newTool({ endpoint, authority, adminClient, homes }: ToolMaker): Promise<RealTool> {
  const number = randomBytes(3)
  const name = `t-${number.toString('hex')}`
  const namespace = `tool-${name}`
  const uid = 50_000 + (number.readUIntBE(0, 3) % 10_000)
  const now = Date.now()
  const keys = await authority.issue({
    subject: [{ O: ['toolforge'] }, { CN: [name] }],
    usages: ['clientAuth'],
    notBefore: now - 300_000,
    notAfter: now + day,
  })
  await apply(adminClient, await chartObjects('tool.yaml', { TOOL: name, UID: String(uid) }))
  // Pods are refused until the new namespace has its service account.
  await waitUntil(`the service account of ${namespace}`, async () => {
    const reply = await adminClient.call('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`)
    return reply.status === 200
  })
  const home = join(homes, name)
  const kubeconfig = writeHome(home, { tool: name, server: endpoint.url, ca: endpoint.ca, pair: keys })
  await chownAll(home, uid)
  return { ...keys, name, namespace, uid, home, kubeconfig }
}

async function chownAll(folder: string, uid: number): Promise<void> {
  await chown(folder, uid, uid)
  for (const name of await readdir(folder, { recursive: true })) await chown(join(folder, name), uid, uid)
}
