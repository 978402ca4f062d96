import t from 'tap'
import { createFunnel } from '../../../src/platform/funnel.ts'

t.test('values of several loops come in the order in which they were put, each loop waiting for its own', async t => {
  const funnel = createFunnel<string>()
  const put: string[] = []
  const loop = async (name: string) => {
    for (const number of [1, 2]) {
      await funnel.put(`${name}${number}`)
      put.push(`${name}${number}`)
    }
  }
  Promise.all([loop('a'), loop('b')]).then(funnel.end, funnel.fail)
  const taken: string[] = []
  for await (const value of funnel.values()) {
    t.notOk(put.includes(value))
    taken.push(value)
  }
  t.strictSame(taken, ['a1', 'b1', 'a2', 'b2'])
  t.strictSame(put, taken)
})

t.test('an error ends it at once', async t => {
  const funnel = createFunnel<number>()
  const waits = funnel.put(1)
  funnel.fail(new Error('broken'))
  funnel.fail(new Error('later'))
  await t.rejects(funnel.values().next(), { message: 'broken' })
  await waits
})

t.test('when nobody takes any more those who put go on', async t => {
  const funnel = createFunnel<number>()
  const waits = Promise.all([funnel.put(1), funnel.put(2)])
  for await (const value of funnel.values()) {
    t.equal(value, 1)
    break
  }
  await waits
  await funnel.put(3)
})
