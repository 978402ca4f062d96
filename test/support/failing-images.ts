import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { clusterHome } from '../cluster/state.ts'
import { type RealCluster, realImage } from './real-cluster.ts'

/** Where the node fetches images, and the address at which it reaches this machine. */
async function nodeRegistries(): Promise<{ folder: string; host: string }> {
  const folder = join(clusterHome(), 'conf/registries')
  const usual = await readFile(join(folder, '_default/hosts.toml'), 'utf8')
  const [, host] = /http:\/\/([0-9.]+):/.exec(usual) ?? []
  if (host === undefined) throw new Error(`no address of the registry in ${folder}`)
  return { folder, host }
}

/** A registry that refuses everything, on a free port of the address. */
async function refusingRegistry(t: Test, host: string): Promise<number> {
  const server = createServer((_, reply) => {
    const errors = [{ code: 'DENIED', message: 'requested access to the resource is denied' }]
    reply.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }))
  })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', reject)
  server.listen(0, host, () => resolve((server.address() as AddressInfo).port))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise(done => server.close(done))
  })
  return promise
}

/**
 * A list of images for one test, of which the node can fetch some and others not: `absent`, `unreachable`, `denied`. Gives
 * the settings by which the jobs API finds it.
 */
export async function failingImages(t: Test, { adminClient }: RealCluster): Promise<object> {
  const mark = `failures-${process.pid}`
  const { folder, host } = await nodeRegistries()
  const upstreams = { unreachable: `http://${host}:1`, denied: `http://${host}:${await refusingRegistry(t, host)}` }
  const images: Record<string, object> = {
    bookworm: { state: 'stable', image: realImage },
    bullseye: { state: 'deprecated', image: realImage },
    absent: { state: 'stable', image: 'registry.example/failures/absent:1' },
  }
  for (const [name, upstream] of Object.entries(upstreams)) {
    const registry = `${name}-${mark}.example`
    const place = join(folder, registry)
    t.teardown(() => rm(place, { recursive: true, force: true }))
    await mkdir(place)
    const lines = [`server = '${upstream}'`, `[host.'${upstream}']`, "capabilities = ['pull', 'resolve']"]
    await writeFile(join(place, 'hosts.toml'), `${lines.join('\n')}\n`)
    images[name] = { state: 'stable', image: `${registry}/failures/app:1` }
  }

  const create = async (path: string, object: object) => {
    const { status, text } = await adminClient.call('POST', path, { body: object })
    if (status !== 201) throw new Error(`${path}: ${status} ${text}`)
  }
  t.teardown(() => adminClient.call('DELETE', `/api/v1/namespaces/${mark}`))
  await create('/api/v1/namespaces', { metadata: { name: mark } })
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${mark}`
  await create(`${roles}/roles`, {
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
  })
  await create(`${roles}/rolebindings`, {
    metadata: { name: 'reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'toolforge' }],
  })
  await create(`/api/v1/namespaces/${mark}/configmaps`, {
    metadata: { name: 'image-config' },
    data: { 'images-v1.yaml': stringify(images) },
  })
  return { image_config: { namespace: mark } }
}
