import t from 'tap'
import { createDenyList, denialsOf, edited, parseEntries } from '../../../../src/kubeusers/steps/deny-list.ts'
import { type DenyListEntry, denialOf, parseDenyList } from '../../../../src/pki/deny-list.ts'
import { platformCluster } from '../../../support/config-maps.ts'
import { createTestClock } from '../../../support/test-clock.ts'

const now = Date.UTC(2026, 10, 22, 10)
const at = '2026-11-22T10:00:00Z'
const own: DenyListEntry = { tool: 'a', reason: 'kubeusers: it is disabled' }

t.test('an edit changes what we say of a tool, and nothing else', async t => {
  const operators: DenyListEntry[] = [
    { tool: 'a', reason: 'spam' },
    { tool: 'b', issuedBefore: '2000-01-01T00:00:00Z', reason: 'x' },
  ]
  const put = edited(operators, [{ tool: 'a', denial: 'all', reason: 'it is disabled' }], now)
  t.strictSame(put, [...operators, own])
  t.strictSame(edited(put, [{ tool: 'a', denial: 'all', reason: 'it is disabled' }], now), put)
  const back = edited(put, [{ tool: 'a', denial: { issuedBefore: now }, reason: 'old' }], now)
  t.strictSame(back, [...operators, { tool: 'a', issuedBefore: at, reason: 'kubeusers: old' }])
  t.strictSame(edited(back, [{ tool: 'a', denial: undefined, reason: '' }], now), operators)
  const both = edited(
    [],
    [
      { tool: 'a', denial: undefined, reason: '' },
      { tool: 'a', denial: 'all', reason: 'it is disabled' },
    ],
    0,
  )
  t.strictSame(both, [own], 'the later holds')
})

t.test('what concerns only certificates that have expired goes', async t => {
  const old = { tool: 'a', issuedBefore: at, reason: 'kubeusers: x' }
  t.strictSame(edited([old, own], [], now), [old, own])
  t.strictSame(edited([old, own], [], now + 1), [own])
})

t.test('what we say is read back, the strictest of it', async t => {
  const entries = [
    { tool: 'a', reason: 'spam' },
    { tool: 'b', issuedBefore: at, reason: 'kubeusers: x' },
    { tool: 'c', reason: 'kubeusers: x' },
    { tool: 'c', issuedBefore: at, reason: 'kubeusers: x' },
  ]
  t.strictSame(
    [...denialsOf(entries)],
    [
      ['b', { issuedBefore: now }],
      ['c', 'all'],
    ],
  )
})

t.test('whatever a reason is made of, the jobs API reads the list', async t => {
  for (const reason of ['line\nline', '\u0000\u009f\u202e', 'x'.repeat(5000), '']) {
    const entries = edited([], [{ tool: 'a', denial: 'all', reason }], 0)
    t.ok(denialOf(parseDenyList(JSON.stringify(entries)), 'a', now))
    t.equal(denialsOf(entries).get('a'), 'all')
  }
})

t.test('what is no list is not taken for an empty one', async t => {
  for (const text of [undefined, '', ' \n', '[]']) t.strictSame(parseEntries(text), [])
  t.strictSame(parseEntries(JSON.stringify([own])), [own])
  const wrong = ['{}', '[1]', '[{"tool":"a"}]', '[{"reason":"x"}]', '[{"tool":1,"reason":"x"}]', '[', 'null']
  for (const text of [...wrong, '[{"tool":"a","reason":"x","issuedBefore":"soon"}]'])
    t.throws(() => parseEntries(text), text)
})

function world() {
  const { cluster, maps, meanwhile, reads } = platformCluster()
  const clock = createTestClock(now)
  const list = createDenyList({ cluster, clock, namespace: 'n', longestLife: 1000 })
  return { list, clock, maps, meanwhile, reads, cluster }
}

t.test('edits that come together are written together', async t => {
  const { list, reads, maps } = world()
  const tools = Array.from({ length: 50 }, (_, at) => `t${at}`)
  await Promise.all(tools.map(tool => list.edit({ tool, denial: 'all', reason: 'x' })))
  t.ok(reads() <= 3, `${reads()} reads`)
  t.strictSame([...(await list.read()).keys()], tools)
  t.ok(parseDenyList(String(Object(maps.get('deny-list')?.object['data'])['list.json'])).has('t49'))
})

t.test('an edit is made again where somebody else was quicker, and rejects where it cannot be', async t => {
  const { list, cluster, clock, meanwhile, maps } = world()
  const other = createDenyList({ cluster, clock, namespace: 'n', longestLife: 1000 })
  meanwhile(() => other.edit({ tool: 'b', denial: 'all', reason: 'x' }))
  await list.edit({ tool: 'a', denial: 'all', reason: 'x' })
  t.strictSame([...(await list.read()).keys()], ['b', 'a'])
  const write = (list: string) =>
    maps.set('deny-list', {
      object: { metadata: { name: 'deny-list' }, data: { 'list.json': list, other: 'stays' } },
      version: ++version,
    })
  let version = 100
  write('broken')
  await t.rejects(list.edit({ tool: 'c', denial: 'all', reason: 'x' }))
  await t.rejects(list.read())
  write('[]')
  await list.edit({ tool: 'c', denial: 'all', reason: 'x' })
  t.match(maps.get('deny-list')?.object['data'], { other: 'stays' })
})
