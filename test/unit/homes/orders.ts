import t from 'tap'
import { type Circumstances, placeOf } from '../../../src/homes/assignment.ts'
import { type LookOrder, type Order, takeNext, taskOf, type Waiting } from '../../../src/homes/orders.ts'
import { ownerName } from '../../../src/homes/paths.ts'
import { provisionConfig } from '../../../src/homes/provision-config.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const config = parseConfig(provisionConfig, '')
const circumstances: Circumstances = { config, cluster: { server: 'https://k8s', ca: 'CA', authorities: [] } }
const place = (name: string) => placeOf(config, { kind: 'tool', name, uid: 1 })

const look = (name: string, more: Partial<LookOrder> = {}): LookOrder => ({
  ...{ kind: 'inspect', place: place(name), account: { kind: 'tool', name, uid: 1 }, circumstances },
  ...more,
})
const log = (name: string): Order => ({ kind: 'log', place: place(name), path: 'a', part: { maxBytes: 1 } })
const waiting = (...orders: Order[]): Waiting[] =>
  orders.map(order => ({ order, owner: ownerName(order.place), isAlone: false }))
const names = (list: Waiting[]) => list.map(({ order }) => order.place.tool).join('')
/** What is taken, and what is left. */
function taken(list: Waiting[], { busy = [] as string[], most = 64 } = {}): string {
  const next = takeNext(list, new Set(busy.map(name => `tool ${name}`)), most)
  return `${names(next)} ${names(list)}`
}

t.test('looks are taken together, in their order, and no more than may be', async t => {
  t.equal(taken(waiting()), ' ')
  t.equal(taken(waiting(look('a'))), 'a ')
  t.equal(taken(waiting(look('a'), look('b'), look('c'))), 'abc ')
  t.equal(taken(waiting(look('a'), look('b'), look('c')), { most: 2 }), 'ab c')
  t.equal(taken(waiting(look('a'), look('b')), { most: 1 }), 'a b')
})

t.test('anything else is taken alone, and in its turn', async t => {
  t.equal(taken(waiting(log('a'), log('b'), look('c'))), 'a bc')
  t.equal(taken(waiting(look('a'), log('b'), look('c'))), 'ac b')
})

t.test('a home that is in use waits, and nobody waits for it', async t => {
  t.equal(taken(waiting(look('a'), look('b'), look('c')), { busy: ['a'] }), 'bc a')
  t.equal(taken(waiting(look('a'), look('b'), look('c')), { busy: ['b'] }), 'ac b')
  t.equal(taken(waiting(log('a'), log('b')), { busy: ['a'] }), 'b a')
  t.equal(taken(waiting(look('a')), { busy: ['a'] }), ' a')
})

t.test('a home is looked at once in a message', async t => {
  t.equal(taken(waiting(look('a'), look('a'), look('b'), look('b'))), 'ab ab')
})

t.test('looks by other settings, or such as are to be made alone, do not go with others', async t => {
  const other = look('b', { circumstances: { ...circumstances } })
  t.equal(taken(waiting(look('a'), other, look('c'))), 'ac b')
  const [a, b, c] = waiting(look('a'), look('b'), look('c'))
  if (a === undefined || b === undefined || c === undefined) throw new Error('three were made')
  t.equal(taken([{ ...a, isAlone: true }, b, c]), 'a bc')
  t.equal(taken([a, { ...b, isAlone: true }, c]), 'ac b')
})

t.test('what the looks have in common is said once, and half the deadline is for the last of them', async t => {
  t.same(taskOf([look('a', { known: 's' }), look('b')], 500), {
    kind: 'inspect',
    circumstances,
    homes: [
      { account: { kind: 'tool', name: 'a', uid: 1 }, known: 's' },
      { account: { kind: 'tool', name: 'b', uid: 1 }, known: undefined },
    ],
    budget: 250,
  })
  const order = log('a')
  t.equal(taskOf([order], 500), order)
  t.throws(() => taskOf([], 500))
})
