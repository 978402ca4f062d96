import type { Test } from 'tap'
import { textAt } from '../../support/json.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { type RealCluster, realCluster, realImage } from '../../support/real-cluster.ts'
import { configMap, created, versionOf } from './kit.ts'
import type { Target } from './target.ts'

/** etcd beside the API server, which alone can be told to forget: its port is the one after the API server's. */
async function compact(cluster: RealCluster): Promise<void> {
  const path = '/api/v1/namespaces/tf-public/configmaps'
  const mark = async () => {
    const object = await created(cluster.adminClient, path, {
      ...configMap(''),
      metadata: { generateName: 'compact-', namespace: 'tf-public' },
    })
    await cluster.adminClient.call('DELETE', `${path}/${textAt(object, 'metadata', 'name')}`)
    return versionOf(object)
  }
  // The second: a watch from the version just before the compaction's would still begin at it.
  await mark()
  const revision = await mark()
  const etcd = new URL(cluster.url)
  const reply = await fetch(`http://${etcd.hostname}:${Number(etcd.port) + 1}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision }),
  })
  if (!reply.ok) throw new Error(`etcd did not compact: ${await reply.text()}`)
}

/** The cluster of `npm run cluster up`, or undefined (the test is then skipped; in CI it fails). */
export async function realTarget(t: Test): Promise<Target | undefined> {
  const cluster = await realCluster(t)
  if (cluster === undefined) return undefined
  return {
    name: 'real Kubernetes',
    endpoint: { url: cluster.url, ca: cluster.ca },
    authority: cluster.authority,
    admin: cluster.adminClient,
    image: realImage,
    forgetHistory: () => compact(cluster),
    async newTool() {
      const { name, namespace, certificate, key, uid, home } = await cluster.newTool()
      const keys = { certificate, key }
      const client = createRawClient(cluster, keys)
      t.teardown(client.close)
      return { name, namespace, keys, client, uid, home }
    },
  }
}
