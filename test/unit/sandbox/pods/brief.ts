import t from 'tap'
import { createBrief } from '../../../../src/sandbox/pods/brief.ts'
import { createTestClock } from '../../../support/test-clock.ts'

t.test('what is over soon is waited for, what lasts is not', async t => {
  const machine = createTestClock()
  const brief = createBrief({ machine })
  await brief.rest()
  const short = Promise.withResolvers<void>()
  brief.watch(short.promise)
  let rested = 0
  const one = brief.rest().then(() => rested++)
  await machine.advance(100)
  t.equal(rested, 0)
  short.resolve()
  await one
  t.equal(machine.sleepers(), 0)
  brief.watch(new Promise(() => {}))
  brief.watch(Promise.reject(new Error('a failure is an end, too')))
  const two = brief.rest().then(() => rested++)
  await machine.advance(499)
  t.equal(rested, 1)
  await machine.advance(1)
  await two
})
