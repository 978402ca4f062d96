import t from 'tap'
import { createGate } from '../../../src/api/gate.ts'
import { systemClock } from '../../../src/platform/clock.ts'

const forever = new AbortController().signal
const gate = (most: number, wait: number) => createGate({ most, wait, what: 'reads' }, systemClock)

t.test('as many as allowed are inside, the next comes in when one leaves, in order', async t => {
  const { enter } = gate(2, 60_000)
  const [leave] = await Promise.all([enter('a', forever), enter('a', forever)])
  const order: string[] = []
  const third = enter('a', forever).then(leave => {
    order.push('third')
    return leave
  })
  const fourth = enter('a', forever).then(leave => {
    order.push('fourth')
    return leave
  })
  await enter('b', forever)
  t.same(order, [], 'another key is not held up')
  leave()
  const leaveThird = await third
  t.same(order, ['third'])
  leaveThird()
  await fourth
  t.same(order, ['third', 'fourth'])
})

t.test('who waits too long is sent away, and its place is not lost', async t => {
  const { enter } = gate(1, 5)
  const leave = await enter('a', forever)
  await t.rejects(enter('a', forever), { code: 'unavailable', retryAfter: 1 })
  leave()
  const again = await enter('a', forever)
  again()
})

t.test('who goes away while waiting gives up the place in line', async t => {
  const { enter } = gate(1, 60_000)
  const leave = await enter('a', forever)
  const gone = new AbortController()
  const first = enter('a', gone.signal)
  const second = enter('a', forever)
  gone.abort()
  await t.rejects(first, { code: 'unavailable' })
  leave()
  const leaveSecond = await second
  leaveSecond()
})
