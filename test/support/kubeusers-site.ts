import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { objectsOf } from '../../src/kubeusers/manifest.ts'
import type { KeyPair } from '../../src/pki/authority.ts'
import { clusterHome } from '../cluster/state.ts'
import { apply, chartText } from './chart.ts'
import { textAt } from './json.ts'
import { type Ended, type KubeusersProcess, runKubeusers, startKubeusers } from './kubeusers-process.ts'
import { havePrograms } from './programs.ts'
import { createRawClient, type RawClient } from './raw-client.ts'
import { type RealCluster, realCluster, removeTool } from './real-cluster.ts'
import { peopleBase, personEntry, reader, type Slapd, startSlapd, toolEntry, toolsBase } from './slapd.ts'

/** Somebody with a home: a tool, or a person. */
export interface Owner {
  name: string
  uid: number
  home: string
}

/** A tool as the directory has it; the rest is kubeusers' work. */
export interface SiteTool extends Owner {
  namespace: string
  /** Of its entry in the directory. */
  dn: string
  kubeconfig: string
}

/** Settings that differ from the site's, by section. */
export type Settings = Readonly<Record<string, object>>

/** kubeusers beside the real cluster, with a real directory, homes, and a place of the platform of its own. */
export interface KubeusersSite {
  cluster: RealCluster
  slapd: Slapd
  /** What `toolforge-system` is in life, and its service account's own token. */
  namespace: string
  token: string
  /** A name that nobody has yet. */
  freshTool(): SiteTool
  /** Makes the tool's entry in the directory. */
  enter(tool: SiteTool): Promise<void>
  /** Makes a person's entry in the directory, and the home. */
  newPerson(): Promise<Owner & { dn: string }>
  /** The jobs API's section for the deny list, with the certificate of its account. */
  denyList(): Promise<{ namespace: string; certificate_file: string; key_file: string }>
  start(settings?: Settings): KubeusersProcess
  run(words: readonly string[], settings?: Settings, under?: readonly string[]): Promise<Ended>
  /** kubectl as the owner of a home, who has no other rights on this machine. */
  kubectl(owner: Owner, words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** A client of the API server with the certificate that is in a home now. */
  clientOf(owner: Owner, folder?: string): Promise<RawClient>
  /** Key and certificate of a home as they are now. */
  keysOf(owner: Owner, folder?: string): Promise<KeyPair>
}

const toolFolder = '.toolskube'

/** A text of the chart with a namespace and cluster-wide names of its own: several tests may use the cluster at once. */
const ownObjects = async (file: string, place: string) =>
  objectsOf((await chartText(file)).replaceAll('toolforge-system', place).replaceAll('toolforge-kubeusers', place))

/** Applies what the chart has for the platform's own namespace, and gives the token of kubeusers' account. */
async function createPlace(t: Test, { adminClient: admin }: RealCluster, place: string): Promise<string> {
  const root = '/apis/rbac.authorization.k8s.io/v1'
  t.teardown(async () => {
    for (const binding of [place, 'toolforge-administrators', 'toolforge-administrators-view'])
      await admin.call('DELETE', `${root}/clusterrolebindings/${binding}`)
    await admin.call('DELETE', `${root}/clusterroles/${place}`)
    await admin.call('DELETE', `/api/v1/namespaces/${place}`)
  })
  const shared = await ownObjects('rbac.yaml', place)
  await apply(
    admin,
    shared.filter(({ metadata }) => metadata.name === place || metadata.namespace === place),
  )
  await apply(admin, await ownObjects('service.yaml', place))
  const path = `/api/v1/namespaces/${place}/serviceaccounts/kubeusers/token`
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
  return textAt((await admin.call('POST', path, { body })).body, 'status', 'token')
}

interface Parts {
  cluster: RealCluster
  slapd: Slapd
  place: string
  tokenFile: string
  caFile: string
  peopleRoot: string
}

/**
 * What an operator would write, but that nothing is ever taken away for absence: to this directory the tools of other tests are
 * absent. Where these have another kubeusers, their homes are not here, and not even a note is written on them.
 */
const configOf = ({ cluster, slapd, place, tokenFile, caFile, peopleRoot }: Parts): Settings => ({
  directory: {
    kind: 'ldap',
    ldap: {
      servers: [`ldaps://localhost:${slapd.tlsPort}`],
      ca_file: slapd.caFile,
      bind_dn: reader.dn,
      password_file: slapd.passwordFile,
    },
  },
  homes: { root: cluster.homes, people_root: peopleRoot },
  kubernetes: { server: cluster.url, ca_file: caFile },
  identity: { token_file: tokenFile },
  tools: { absence_s: 30 * 86_400 },
  safety: { most: 0, share: 0, homes_share: 0 },
  certificates: { reissue_s: 0 },
  lease: { namespace: place },
  admin: { host: '127.0.0.1', port: 0 },
  log: { level: 'debug' },
})

const merged = (config: Settings, changes: Settings): Settings =>
  Object.fromEntries(Object.entries(config).map(([name, section]) => [name, { ...section, ...changes[name] }]))

function execute(
  file: string,
  words: readonly string[],
  { home, uid, env }: Pick<Owner, 'home' | 'uid'> & { env: object },
) {
  const options = {
    cwd: home,
    uid,
    gid: uid,
    env: { PATH: '/usr/bin:/bin', HOME: home, ...env },
    encoding: 'utf8' as const,
    timeout: 60_000,
  }
  return new Promise<Ended>(resolve => {
    const child = execFile(file, [...words], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
  })
}

/** A site of its own; undefined, with a skip said aloud, where the cluster or slapd is missing. */
export async function kubeusersSite(t: Test): Promise<KubeusersSite | undefined> {
  if (!havePrograms(t, 'slapd')) return undefined
  const cluster = await realCluster(t)
  if (cluster === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'kubeusers-site-'))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const place = `kubeusers-${randomBytes(3).toString('hex')}`
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const token = await createPlace(t, cluster, place)
  const peopleRoot = join(folder, 'people')
  await mkdir(peopleRoot)
  const kubectl = join(folder, 'kubectl')
  // Users of this machine may not look into the folder where it is.
  await copyFile(join(clusterHome(), 'bin/kubectl'), kubectl)
  await chmod(kubectl, 0o755)
  const slapd = await startSlapd(t)
  const [tokenFile, caFile] = [await file('token', token), await file('ca.crt', cluster.ca)]
  const config = configOf({ cluster, slapd, place, tokenFile, caFile, peopleRoot })

  const tools: SiteTool[] = []
  t.teardown(() => Promise.all(tools.map(tool => removeTool(cluster.adminClient, tool))))
  const firstUid = 60_000 + randomBytes(2).readUInt16BE()
  let people = 0

  const keysOf = async ({ home }: Owner, folder = toolFolder): Promise<KeyPair> => ({
    certificate: await readFile(join(home, folder, 'client.crt'), 'utf8'),
    key: await readFile(join(home, folder, 'client.key'), 'utf8'),
  })

  return {
    ...{ cluster, slapd, namespace: place, token, keysOf },
    freshTool() {
      const name = `k-${randomBytes(3).toString('hex')}`
      const home = join(cluster.homes, name)
      const dn = `uid=tools.${name},${toolsBase}`
      const kubeconfig = join(home, '.kube/config')
      const tool = { name, uid: firstUid + tools.length, namespace: `tool-${name}`, home, dn, kubeconfig }
      tools.push(tool)
      return tool
    },
    enter: ({ dn, name, uid }) => slapd.add(dn, toolEntry(name, uid)),
    async newPerson() {
      const name = `p${randomBytes(3).toString('hex')}`
      const uid = firstUid + 1000 + people++
      const person = { name, uid, home: join(peopleRoot, name), dn: `uid=${name},${peopleBase}` }
      await slapd.add(person.dn, personEntry(name, uid))
      await mkdir(person.home, { mode: 0o700 })
      await chown(person.home, uid, uid)
      return person
    },
    async denyList() {
      const now = Date.now()
      const life = { notBefore: now - 300_000, notAfter: now + 86_400_000 }
      const subject = [{ CN: ['service:jobs-api'] }]
      const { certificate, key } = await cluster.authority.issue({ subject, usages: ['clientAuth'], ...life })
      const [certificate_file, key_file] = [await file('jobs-api.crt', certificate), await file('jobs-api.key', key)]
      return { namespace: place, certificate_file, key_file }
    },
    start: (settings = {}) => startKubeusers(t, merged(config, settings)),
    run: (words, settings = {}, under) => runKubeusers(t, merged(config, settings), { words, under }),
    kubectl: (owner, words, env = {}) => execute(kubectl, words, { ...owner, env }),
    async clientOf(owner, folder) {
      const client = createRawClient({ url: cluster.url, ca: cluster.ca }, await keysOf(owner, folder))
      t.teardown(client.close)
      return client
    },
  }
}
