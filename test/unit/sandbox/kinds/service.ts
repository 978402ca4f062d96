import t from 'tap'
import { clusterIp } from '../../../../src/sandbox/admission/cluster-ip.ts'
import { services } from '../../../../src/sandbox/kinds/service.ts'
import { tableOf } from '../../../../src/sandbox/table.ts'
import { createTestStore, found, newOf, refusalOf } from '../../../support/store.ts'

const serviceOf = (name: string, spec: object = {}) =>
  newOf(services, name, { spec: { ports: [{ port: 80 }], ...spec } })

t.test('each has an address of its own, which stays', async t => {
  const { store } = createTestStore({ admission: [clusterIp] })
  const all = Array.from({ length: 50 }, (_, i) => store.create(services, serviceOf(`s${i}`)).spec.clusterIP)
  t.equal(new Set(all).size, 50)
  for (const address of all) t.match(address, /^10\.96\.\d+\.\d+$/)
  const kept = store.update(services, serviceOf('s0', { sessionAffinity: 'ClientIP' }))
  t.equal(kept.spec.clusterIP, all[0])
  t.strictSame(kept.spec.clusterIPs, [all[0]])
  t.strictSame(kept.spec.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10_800 } })
  t.match(refusalOf(() => store.create(services, serviceOf('x', { clusterIP: all[1] }))).message, /already allocated/)
  t.match(refusalOf(() => store.create(services, serviceOf('x', { clusterIP: 'x' }))).message, /must be a valid IP/)
  t.equal(store.create(services, serviceOf('own', { clusterIPs: ['10.96.255.255'] })).spec.clusterIP, '10.96.255.255')
})

t.test('what opens ports of the node is left to clusters', async t => {
  const { store } = createTestStore({ admission: [clusterIp] })
  for (const type of ['NodePort', 'LoadBalancer']) {
    t.equal(refusalOf(() => store.create(services, serviceOf('x', { type }))).code, 501)
  }
})

t.test('a table shows what kubectl shows', async t => {
  const { store } = createTestStore({ admission: [clusterIp] })
  store.create(services, serviceOf('a', { clusterIP: '10.96.0.9', selector: { b: '2', a: '1' } }))
  store.create(services, newOf(services, 'b', { spec: { type: 'ExternalName', externalName: 'x.test' } }))
  const objects = ['a', 'b'].map(name => found(store, services, name))
  const table = tableOf(services, objects, { meta: { resourceVersion: '1' }, query: new URLSearchParams(), now: 0 })
  t.strictSame(
    table.columnDefinitions.map(({ name }) => name),
    ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector'],
  )
  t.strictSame(
    table.rows.map(({ cells }) => cells.toSpliced(5, 1)),
    [
      ['a', 'ClusterIP', '10.96.0.9', '<none>', '80/TCP', 'a=1,b=2'],
      ['b', 'ExternalName', '<none>', 'x.test', '<none>', '<none>'],
    ],
  )
})
