import t from 'tap'
import { keepSmall } from '../../../src/platform/keep-small.ts'

t.test('a small buffer holds no more than a small slab', t => {
  keepSmall()
  // What is left of the slab of before is used up first.
  Buffer.allocUnsafe(4096)
  const slabs = new Set(Array.from({ length: 40 }, () => Buffer.allocUnsafe(2048).buffer))
  t.equal(Math.min(...[...slabs].map(({ byteLength }) => byteLength)), 8 * 1024)
  t.end()
})
