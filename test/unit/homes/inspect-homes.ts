import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { HomeAccount } from '../../../src/homes/assignment.ts'
import { type InspectTask, inspectHomes } from '../../../src/homes/inspect-homes.ts'
import { accessTo, provisioning, toolAccount } from '../../support/provisioning.ts'

const a = toolAccount()
const missing = toolAccount('missing', 1)
const b = toolAccount('b', 2)

async function world(t: Parameters<typeof provisioning>[0]) {
  const w = await provisioning(t)
  await w.provide(a)
  await w.provide(b)
  const circumstances = { config: w.config, cluster: accessTo(w.authority) }
  const said: string[] = []
  let calls = 0
  const look = (task: Partial<InspectTask>) => {
    calls = 0
    return inspectHomes(
      { kind: 'inspect', circumstances, homes: [], budget: 1000, ...task },
      // Each home takes 100 ms.
      { onBusy: busy => said.push(busy), elapsed: () => ++calls * 100 },
    )
  }
  const wanted = (...accounts: HomeAccount[]) => accounts.map(account => ({ account }))
  return { ...w, circumstances, look, said, wanted }
}

t.test('each home has its answer, in order', async t => {
  const { look, wanted } = await world(t)
  t.match(look({ homes: wanted(b, missing, a) }), [
    { home: { home: 'right', certificate: { signedBy: 0 } } },
    { home: { home: 'missing' } },
    { home: { home: 'right', certificate: { signedBy: 0 } } },
  ])
  t.same(look({ homes: [] }), [])
})

t.test('no home is begun when the time is over, but one is looked at', async t => {
  const { look, wanted } = await world(t)
  const homes = wanted(a, b, missing)
  t.equal(look({ homes, budget: 0 }).length, 1)
  t.equal(look({ homes, budget: 100 }).length, 1)
  t.equal(look({ homes, budget: 101 }).length, 2)
  t.equal(look({ homes, budget: 201 }).length, 3)
})

t.test('a disk that fails is told for each home by itself, and a bug is no answer', async t => {
  const { root, look, wanted } = await world(t)
  rmSync(root, { recursive: true })
  const gone = { problem: { kind: 'disk', message: 'the disk with the homes of the tools is not there' } }
  t.same(look({ homes: wanted(a, b) }), [gone, gone])
  writeFileSync(root, '')
  t.match(look({ homes: wanted(a) }), [{ problem: { kind: 'disk' } }])
  t.throws(() => look({ homes: wanted({ ...a, name: '..' }) }), RangeError)
})

t.test('a stamp is for one account and one cluster', async t => {
  const { home, look, wanted, circumstances } = await world(t)
  const stampOf = (task: Partial<InspectTask>) => {
    const [looked] = look(task)
    return looked !== undefined && 'home' in looked && looked.home !== 'unchanged' ? looked.home.stamp : undefined
  }
  const known = stampOf({ homes: wanted(a) })
  t.type(known, 'string')
  t.same(look({ homes: [{ account: a, known }] }), [{ home: 'unchanged' }])
  t.same(
    look({
      homes: [
        { account: b, known },
        { account: a, known },
      ],
    }).map(looked => 'home' in looked && looked.home === 'unchanged'),
    [false, true],
  )
  const cluster = { ...circumstances.cluster, server: 'https://other.example' }
  t.match(look({ homes: [{ account: a, known }], circumstances: { ...circumstances, cluster } }), [
    { home: { kubeconfig: 'stale' } },
  ])
  writeFileSync(join(home, '.kube/config'), 'users: []', { flag: 'a' })
  t.not(stampOf({ homes: [{ account: a, known }] }), known)
})

t.test('what takes long is told where it is known of which home', async t => {
  const { look, said, wanted } = await world(t)
  look({ homes: wanted(a) })
  t.same(said.splice(0), ['text'])
  look({ homes: wanted(a, b) })
  t.same(said, [])
})
