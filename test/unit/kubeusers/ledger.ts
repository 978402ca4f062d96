import t from 'tap'
import { DomainError } from '../../../src/contract/errors.ts'
import type { PlatformCluster } from '../../../src/kube/platform-cluster.ts'
import {
  clusterTime,
  createLedgerStore,
  formatLedger,
  parseLedger,
  parseWaiting,
} from '../../../src/kubeusers/ledger.ts'
import { emptyLedger, type Ledger } from '../../../src/kubeusers/plan/safety.ts'
import { platformCluster } from '../../support/config-maps.ts'

const now = Date.UTC(2026, 10, 22, 10)
const ledger: Ledger = {
  lastPass: now,
  steadySince: now - 1000,
  deletions: [{ tool: 'a', at: now - 5000 }],
  confirmed: { hash: 'abc', at: now },
}
const waiting = { hash: 'h', reasons: ['x'], removals: [{ tool: 'a', what: 'delete', reason: 'y' }] } as const

t.test('what is written is read', async t => {
  for (const one of [ledger, emptyLedger]) t.strictSame(parseLedger(formatLedger(one)), one)
})

t.test('what cannot be read counts as a first pass', async t => {
  const texts = [undefined, '', 'x', '[]', '{"last_pass": 5}', '{"last_pass": "2026-99-99T99:99:99Z"}']
  for (const text of texts) t.equal(parseLedger(text), emptyLedger, `${text}`)
  t.equal(parseLedger('{"deletions": [{"tool": "a", "at": "2026-13-01T00:00:00Z"}]}'), emptyLedger)
  t.equal(parseLedger('{"confirmed": {"hash": "a", "at": "2026-13-01T00:00:00Z"}}'), emptyLedger)
  t.strictSame(parseLedger('{}'), emptyLedger)
})

t.test('what waits is read as it was written, or not at all', async t => {
  t.strictSame(parseWaiting(JSON.stringify(waiting)), waiting)
  for (const text of [
    undefined,
    '',
    '{}',
    '{"hash":"a","reasons":[],"removals":[{"tool":"a","what":"x","reason":""}]}',
  ])
    t.equal(parseWaiting(text), undefined)
})

t.test('the ledger is kept in the cluster, with what waits', async t => {
  const { cluster, maps } = platformCluster()
  const store = createLedgerStore(cluster, 'toolforge-system')
  t.strictSame(await store.read(), { ledger: emptyLedger, waiting: undefined })
  await store.change(() => ledger, { now: waiting })
  t.strictSame(await store.read(), { ledger, waiting })
  await store.change(before => ({ ...before, confirmed: undefined }))
  t.strictSame(await store.read(), { ledger: { ...ledger, confirmed: undefined }, waiting })
  await store.change(before => before, { now: undefined })
  t.equal((await store.read()).waiting, undefined)
  t.strictSame([...maps.keys()], ['kubeusers'])
})

t.test('a change is made again where somebody else was quicker', async t => {
  const { cluster, maps, meanwhile } = platformCluster()
  const store = createLedgerStore(cluster, 'toolforge-system')
  const add = (tool: string) => (before: Ledger) => ({
    ...before,
    deletions: [...before.deletions, { tool, at: now }],
  })
  const other = createLedgerStore(cluster, 'toolforge-system')
  meanwhile(() => other.change(add('first')))
  await store.change(add('second'))
  meanwhile(() => other.change(add('third')))
  await store.change(add('fourth'))
  t.strictSame(
    (await store.read()).ledger.deletions.map(({ tool }) => tool),
    ['first', 'second', 'third', 'fourth'],
  )
  const always = () => {
    const map = maps.get('kubeusers')
    if (map !== undefined) map.version++
    meanwhile(always)
  }
  meanwhile(always)
  await t.rejects(
    store.change(before => before),
    { code: 'conflict' },
  )
})

t.test('the time of the cluster is that of an object that is not kept', async t => {
  const { cluster, maps } = platformCluster()
  t.equal(await clusterTime(cluster, 'toolforge-system'), now)
  t.equal(maps.size, 0)
  const silent = { ...cluster, in: (namespace: string) => ({ ...cluster.in(namespace), create: async () => ({}) }) }
  await t.rejects(clusterTime(silent as unknown as PlatformCluster, 'x'), /does not tell the time/)
  const down = {
    ...cluster,
    in: (namespace: string) => ({
      ...cluster.in(namespace),
      create: () => Promise.reject(new DomainError('unavailable', 'x')),
    }),
  }
  await t.rejects(clusterTime(down as unknown as PlatformCluster, 'x'), { code: 'unavailable' })
})
