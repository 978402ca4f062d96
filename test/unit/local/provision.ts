import t from 'tap'
import type { PassReport } from '../../../src/kubeusers/engine.ts'
import { firstPass } from '../../../src/local/provision.ts'
import { createTestClock } from '../../support/test-clock.ts'

t.test('a first pass that does not come is told of, and one that comes leaves nothing behind', async t => {
  const clock = createTestClock()
  const never = t.rejects(firstPass(new Promise<PassReport>(() => {}), clock), /has not made the tools within 30 s/)
  await clock.advance(30_000)
  await never
  await t.rejects(firstPass(Promise.reject(new Error('it')), clock), { message: 'it' })
  t.equal(clock.sleepers(), 0)
})
