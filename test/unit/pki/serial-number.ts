import t from 'tap'
import { serialNumber } from '../../../src/pki/serial-number.ts'

t.test('a serial number is positive, has one length, and comes once', async t => {
  const numbers = Array.from({ length: 1000 }, serialNumber)
  t.ok(numbers.every(number => number.length === 16 && (number[0] ?? 0) >= 0x40 && (number[0] ?? 0) < 0x80))
  t.equal(new Set(numbers.map(number => number.toString('hex'))).size, numbers.length)
})
