import t from 'tap'
import { readToken, writeToken } from '../../../src/sandbox/continue-token.ts'
import { refusalOf } from '../../support/store.ts'

t.test('a token comes back as it was', async t => {
  const place = { version: 1_795_311_455_918, after: 'ns/ä' }
  t.strictSame(readToken(writeToken(place)), place)
})

t.test('anything else is refused', async t => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const token of ['xx', '', encoded([]), encoded({ rv: 'x', start: 'a' }), encoded({ rv: 1.5, start: 'a' })]) {
    t.equal(refusalOf(() => readToken(token)).code, 400, token)
  }
})
