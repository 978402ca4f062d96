import t from 'tap'
import { DomainError } from '../../../src/contract/errors.ts'
import { createLease } from '../../../src/kube/lease.ts'
import { createTestClock } from '../../support/test-clock.ts'

function world(answers: (boolean | Error)[]) {
  const clock = createTestClock()
  let asked = 0
  const lease = createLease({
    clock,
    life: 4000,
    asked: () => void asked++,
    async ask() {
      await clock.sleep(100)
      const answer = answers.shift()
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no more answers')
      return answer
    },
  })
  return { clock, lease, asked: () => asked }
}

const unavailable = () => new DomainError('unavailable', 'gone')

t.test('a lease is held for its time from when it was asked for, not from the answer', async t => {
  const { clock, lease } = world([true])
  t.equal(lease.isHeld(), false)
  const renewed = lease.renew()
  await clock.advance(100)
  t.equal(await renewed, true)
  await clock.advance(3899)
  t.equal(lease.isHeld(), true)
  await clock.advance(1)
  t.equal(lease.isHeld(), false)
})

t.test('one question serves all who wait', async t => {
  const { clock, lease, asked } = world([true, true])
  const all = Promise.all([lease.renew(), lease.renew(), lease.renew()])
  await clock.advance(100)
  t.same(await all, [true, true, true])
  t.equal(asked(), 1)
  const next = lease.renew()
  await clock.advance(100)
  await next
  t.equal(asked(), 2)
})

t.test('no is no at once', async t => {
  const { clock, lease } = world([true, false])
  const first = lease.renew()
  await clock.advance(100)
  await first
  const second = lease.renew()
  await clock.advance(100)
  t.equal(await second, false)
  t.equal(lease.isHeld(), false)
})

t.test(
  'a lost answer is asked for once more; then nothing is known, and what was said still holds its time',
  async t => {
    const { clock, lease, asked } = world([unavailable(), true, unavailable(), unavailable(), new TypeError('bug')])
    const first = lease.renew()
    await clock.advance(200)
    t.equal(await first, true)
    t.equal(asked(), 2)
    const second = t.rejects(lease.renew(), { code: 'unavailable' })
    await clock.advance(200)
    await second
    t.equal(asked(), 4)
    t.equal(lease.isHeld(), true)
    const third = t.rejects(lease.renew(), TypeError)
    await clock.advance(200)
    await third
    t.equal(asked(), 5, 'a bug is not tried again')
  },
)

t.test('what the cluster showed otherwise counts, the newest of it', async t => {
  const { clock, lease } = world([])
  lease.grant(clock.now())
  lease.grant(clock.now() - 9000)
  t.equal(lease.isHeld(), true)
  t.equal(lease.age(), 0)
})
