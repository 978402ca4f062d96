import t from 'tap'
import { printable } from '../../../src/platform/printable.ts'

t.test('what moves a cursor, breaks a line or hides is a question mark', async t => {
  t.equal(printable('a\u001b[31mb\r\nc\u0085\u202ed\u0000e\u007f'), 'a?[31mb??c??d?e?')
})

t.test('plain text stays as it is, and long text is cut', async t => {
  t.equal(printable('lines'), 'lines')
  t.equal(printable('x'.repeat(11), 10), `${'x'.repeat(10)}...`)
})
