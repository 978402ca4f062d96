import t from 'tap'
import { afterDeadline, within } from '../../../src/homes/deadline.ts'

t.test('what is late is refused, and what is in time is given', async t => {
  const late = () => new Error('late')
  t.equal(await within(Promise.resolve(7), 60_000, late), 7)
  await t.rejects(within(Promise.reject(new Error('own')), 60_000, late), /own/)
  await t.rejects(within(new Promise(() => {}), 1, late), /late/)
})

t.test('an answer that is already there counts, though this process was kept from taking it', async t => {
  let late = false
  const cancel = afterDeadline(1, () => {
    late = true
  })
  setImmediate(() => {
    // The timer is due by now; the answer comes in the same turn of the loop.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    setImmediate(cancel)
  })
  await new Promise(resolve => setTimeout(resolve, 50))
  t.equal(late, false)
})
