import t from 'tap'
import { uuidv7 } from '../../../src/platform/uuid.ts'

t.test('a UUID has version 7, the variant of RFC 9562, and its time in front', async t => {
  const id = uuidv7(Date.UTC(2022, 1, 22, 19, 22, 22))
  t.match(id, /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('identifiers of the same millisecond differ, and later ones sort behind', async t => {
  const ids = new Set(Array.from({ length: 1000 }, () => uuidv7(1_000_000_000_000)))
  t.equal(ids.size, 1000)
  const later = uuidv7(1_000_000_000_001)
  t.ok([...ids].every(id => id < later))
})
