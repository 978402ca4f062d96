import t from 'tap'
import { untilAborted } from '../../../src/kube/until-aborted.ts'

t.test('a promise is waited for until the signal, and goes on', async t => {
  const work = Promise.withResolvers<number>()
  const stop = new AbortController()
  const [first, second] = [untilAborted(work.promise, stop.signal), untilAborted(work.promise, undefined)]
  stop.abort(new Error('enough'))
  await t.rejects(first, { message: 'enough' })
  work.resolve(1)
  t.equal(await second, 1)
  await t.rejects(untilAborted(work.promise, stop.signal), { message: 'enough' })
  t.equal(await untilAborted(work.promise, new AbortController().signal), 1)
})
