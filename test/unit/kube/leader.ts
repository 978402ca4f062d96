import t from 'tap'
import { createLeader } from '../../../src/kube/leader.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { platformCluster } from '../../support/config-maps.ts'
import { createTestClock } from '../../support/test-clock.ts'

const duration = 15_000
const renewal = 2000

function world() {
  const clock = createTestClock()
  const plane = platformCluster()
  const leading: string[] = []
  let most = 0
  /** An instance; its calls can be made to fail or to hang. */
  function instance(identity: string) {
    let trouble: 'none' | 'fails' | 'hangs' = 'none'
    const cut = <T>(call: () => Promise<T>): Promise<T> => {
      if (trouble === 'hangs') return new Promise(() => {})
      return trouble === 'fails' ? Promise.reject(new Error('no network')) : call()
    }
    const within = plane.within('n')
    const cluster: typeof within = {
      ...within,
      get: (...args) => cut(() => within.get(...args)),
      create: (...args) => cut(() => within.create(...args)),
      replace: (...args) => cut(() => within.replace(...args)),
    }
    const ended = new AbortController()
    const options = { cluster, name: 'lease', identity, duration, renewal }
    const leader = createLeader(options, { clock, log: quietLog })
    const work = async (signal: AbortSignal): Promise<void> => {
      leading.push(identity)
      most = Math.max(most, leading.length)
      const { promise, resolve } = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => resolve())
      await promise
      leading.splice(leading.indexOf(identity), 1)
    }
    return {
      leader,
      run: () => leader.run(work, ended.signal),
      stop: () => ended.abort(),
      set trouble(what: 'none' | 'fails' | 'hangs') {
        trouble = what
      },
    }
  }
  const spec = () => Object(plane.maps.get('lease')?.object['spec'])
  return { clock, plane, leading, instance, spec, most: () => most }
}

t.test('one leads at a time; when it stops, another one does soon', async t => {
  const { clock, leading, instance, spec, most } = world()
  const [a, b] = [instance('a'), instance('b')]
  const ends = [a.run()]
  await clock.advance(0)
  ends.push(b.run())
  await clock.advance(60_000)
  t.strictSame([leading, a.leader.isLeading, b.leader.isLeading], [['a'], true, false])
  t.match(spec(), { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 })
  t.match(spec().renewTime, /^2026-11-22T10:0[01]:\d\d\.\d{6}Z$/)
  t.equal(spec().acquireTime, '2026-11-22T10:00:00.000000Z')
  a.stop()
  await clock.advance(renewal + 100)
  t.strictSame([leading, a.leader.isLeading], [['b'], false])
  t.match(spec(), { holderIdentity: 'b', leaseTransitions: 1 })
  b.stop()
  await clock.advance(0)
  await Promise.all(ends)
  t.equal(spec().holderIdentity, '')
  t.equal(most(), 1)
})

for (const trouble of ['fails', 'hangs'] as const)
  t.test(`one whose network ${trouble} stops before another one begins`, async t => {
    const { clock, leading, instance, most } = world()
    const [a, b] = [instance('a'), instance('b')]
    void a.run()
    await clock.advance(0)
    void b.run()
    await clock.advance(10_000)
    a.trouble = trouble
    await clock.advance((duration * 2) / 3 + renewal)
    t.strictSame([leading, a.leader.isLeading], [[], false])
    await clock.advance(duration)
    t.strictSame(leading, ['b'])
    t.equal(most(), 1)
    a.trouble = 'none'
    await clock.advance(30_000)
    t.strictSame(leading, ['b'])
    a.stop()
    b.stop()
    await clock.advance(duration)
  })

t.test('a short trouble ends nothing', async t => {
  const { clock, leading, instance } = world()
  const a = instance('a')
  const end = a.run()
  await clock.advance(5000)
  a.trouble = 'fails'
  await clock.advance(5000)
  a.trouble = 'none'
  await clock.advance(30_000)
  t.strictSame(leading, ['a'])
  a.stop()
  await clock.advance(0)
  await end
})

t.test('of two that begin at once one leads', async t => {
  const { clock, leading, instance, most } = world()
  const all = [instance('a'), instance('b'), instance('c')]
  const ends = all.map(one => one.run())
  await clock.advance(60_000)
  t.equal(leading.length, 1)
  t.equal(most(), 1)
  for (const one of all) one.stop()
  await clock.advance(1000)
  await Promise.all(ends)
})

t.test('a lease that somebody has taken away by hand is not fought for', async t => {
  const { clock, leading, instance, plane, spec } = world()
  const a = instance('a')
  const end = a.run()
  await clock.advance(5000)
  const lease = plane.maps.get('lease')
  if (lease !== undefined) {
    lease.object['spec'] = { ...spec(), holderIdentity: 'somebody' }
    lease.version++
  }
  await clock.advance(renewal)
  t.strictSame([leading, a.leader.isLeading], [[], false])
  await clock.advance(duration + renewal)
  t.strictSame(leading, ['a'], 'who does not renew it loses it')
  a.stop()
  await clock.advance(0)
  await end
})

t.test('an error of the work ends it, and others may lead', async t => {
  const { clock, instance, spec } = world()
  const a = instance('a')
  const broken = a.leader.run(() => Promise.reject(new Error('broken')), new AbortController().signal)
  const rejected = t.rejects(broken, { message: 'broken' })
  await clock.advance(0)
  await rejected
  t.equal(spec().holderIdentity, '')
})
