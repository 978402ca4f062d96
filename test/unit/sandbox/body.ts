import { PassThrough, Readable } from 'node:stream'
import t from 'tap'
import { bodyLimit, readBody } from '../../../src/sandbox/body.ts'
import { createTestClock } from '../../support/test-clock.ts'

t.test('a body comes whole, its letters too', async t => {
  const letters = Buffer.from('ä€😀')
  const clock = createTestClock()
  t.equal(await readBody(Readable.from([letters.subarray(0, 3), letters.subarray(3)]), clock), 'ä€😀')
  t.equal(await readBody(Readable.from([]), clock), '')
  t.equal(clock.sleepers(), 0)
})

t.test('three megabytes are the most', async t => {
  const clock = createTestClock()
  t.equal((await readBody(Readable.from([Buffer.alloc(bodyLimit, 'x')]), clock)).length, bodyLimit)
  const large = Readable.from([Buffer.alloc(bodyLimit), Buffer.alloc(1)])
  await t.rejects(readBody(large, clock), { code: 413, reason: 'RequestEntityTooLarge' })
})

t.test('a body that does not come is not waited for', async t => {
  const clock = createTestClock()
  const slow = new PassThrough()
  slow.write('{')
  const reading = t.rejects(readBody(slow, clock), { code: 408 })
  await clock.advance(30_000)
  await reading
  slow.destroy()
})
