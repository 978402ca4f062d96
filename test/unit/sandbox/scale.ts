import t from 'tap'
import { deployments } from '../../../src/sandbox/kinds/deployment.ts'
import { changeScale, getScale } from '../../../src/sandbox/scale.ts'
import { createTestStore, found, newOf, podSpec, refusalOf, writeRequest } from '../../support/store.ts'

function setup() {
  const { store } = createTestStore()
  const template = { metadata: { labels: { app: 'web' } }, spec: { ...podSpec(), restartPolicy: 'Always' } }
  store.create(
    deployments,
    newOf(deployments, 'web', { spec: { selector: { matchLabels: { app: 'web' } }, template } }),
  )
  const read = { kind: deployments, namespace: 'ns', name: 'web', query: new URLSearchParams(), table: false, now: 0 }
  const get = () => JSON.parse(String(getScale(store, read).body))
  const change = (verb: 'update' | 'patch', body: object, query = '') =>
    changeScale(
      store,
      verb,
      writeRequest(deployments, body, {
        name: 'web',
        subresource: 'scale',
        query: new URLSearchParams(query),
        contentType: verb === 'patch' ? 'application/merge-patch+json' : 'application/json',
      }),
    )
  const replicas = () => found(store, deployments, 'web').spec.replicas
  return { store, get, change, replicas }
}

const scaleOf = (replicas: number, metadata: object = {}) => ({
  kind: 'Scale',
  apiVersion: 'autoscaling/v1',
  metadata: { name: 'web', ...metadata },
  spec: { replicas },
})

t.test('it shows how many are wanted and who they are', async t => {
  const { get } = setup()
  t.hasStrict(get(), {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'web', namespace: 'ns' },
    spec: { replicas: 1 },
    status: { replicas: 0, selector: 'app=web' },
  })
})

t.test('a replacement or a patch changes how many are wanted, and nothing else', async t => {
  const { store, get, change, replicas } = setup()
  const before = found(store, deployments, 'web')
  t.equal(JSON.parse(String(change('update', scaleOf(3)).body)).spec.replicas, 3)
  t.equal(replicas(), 3)
  change('patch', { spec: { replicas: 5 } })
  t.equal(replicas(), 5)
  change('patch', { spec: { replicas: 7 } }, 'dryRun=All')
  t.equal(replicas(), 5)
  change('update', { ...get(), spec: {} })
  t.equal(replicas(), 0)
  const after = found(store, deployments, 'web')
  t.strictSame({ ...after.spec, replicas: 1 }, before.spec)
  t.equal(after.metadata.generation, 4)
})

t.test('what is meant for another state, or cannot be, is refused', async t => {
  const { change } = setup()
  const refused = (body: object) => refusalOf(() => change('update', body))
  t.equal(refused(scaleOf(1, { resourceVersion: '1' })).code, 409)
  t.match(
    refused(scaleOf(1, { uid: 'other' })).message,
    /^Operation cannot be fulfilled on deployments\/scale\.apps "web": Precondition failed: UID/,
  )
  t.equal(refused(scaleOf(-1)).code, 422)
  t.equal(refused(scaleOf(1, { name: 'other' })).code, 400)
  t.equal(refused({ ...scaleOf(1), kind: 'Deployment' }).code, 400)
})
