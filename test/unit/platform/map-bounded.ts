import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { mapBounded } from '../../../src/platform/map-bounded.ts'

t.test('results come in the order of the items, however long each takes', async t => {
  const results = await mapBounded([5, 1, 3, 0], 2, async turns => {
    for (let turn = 0; turn < turns; turn++) await setImmediate()
    return turns * 10
  })
  t.strictSame(results, [50, 10, 30, 0])
  t.strictSame(await mapBounded([], 3, async () => 1), [])
  t.strictSame(await mapBounded([1, 2], Number.POSITIVE_INFINITY, async item => item), [1, 2])
})

t.test('no more than so many are under way, and as many as that', async t => {
  let running = 0
  let highest = 0
  const items = Array.from({ length: 20 }, (_, at) => at)
  await mapBounded(items, 4, async () => {
    highest = Math.max(highest, ++running)
    await setImmediate()
    running--
  })
  t.equal(highest, 4)
  t.equal(running, 0)
})

t.test('after the first error no more are begun, and those under way are waited for', async t => {
  const begun: number[] = []
  const ended: number[] = []
  const work = async (item: number): Promise<void> => {
    begun.push(item)
    await setImmediate()
    if (item === 0) throw new Error('broken')
    await setImmediate()
    ended.push(item)
  }
  await t.rejects(mapBounded([0, 1, 2, 3, 4, 5], 2, work), { message: 'broken' })
  t.strictSame([begun, ended], [[0, 1], [1]])
})
