import { Readable } from 'node:stream'
import t from 'tap'
import { readAll } from '../../../src/platform/read-all.ts'

const body = (...parts: string[]) => Readable.from(parts.map(part => Buffer.from(part)))

t.test('all of a body comes together', async t => {
  t.equal((await readAll(body('one', ' ', 'two'), 7)).toString(), 'one two')
  t.equal((await readAll(body(), 0)).length, 0)
})

t.test('a body that is too long is not read to its end', async t => {
  const long = body('one', ' ', 'two', 'three')
  await t.rejects(readAll(long, 6), { name: 'RangeError', message: 'the answer is longer than 6 bytes' })
  t.equal(long.destroyed, true)
})
