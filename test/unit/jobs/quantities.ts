import fc from 'fast-check'
import t from 'tap'
import {
  formatQuantity,
  halfOf,
  parseQuantity,
  type Quantity,
  quantity,
  sameQuantity,
} from '../../../src/jobs/quantities.ts'

const one = 10n ** 9n
const bytes = (count: bigint): Quantity => count * one

t.test('each suffix has its value', async t => {
  const values: Record<string, Quantity> = {
    '1': one,
    '0': 0n,
    '+1': one,
    '-1': -one,
    '1.': one,
    '.5': one / 2n,
    '0.5': one / 2n,
    '1n': 1n,
    '1u': 1000n,
    '100m': one / 10n,
    '1k': bytes(1000n),
    '1M': bytes(10n ** 6n),
    '1G': bytes(10n ** 9n),
    '1T': bytes(10n ** 12n),
    '1P': bytes(10n ** 15n),
    '1E': bytes(10n ** 18n),
    '1Ki': bytes(1024n),
    '1Mi': bytes(1024n ** 2n),
    '1Gi': bytes(1024n ** 3n),
    '1Ti': bytes(1024n ** 4n),
    '1Pi': bytes(1024n ** 5n),
    '1Ei': bytes(1024n ** 6n),
    '1e3': bytes(1000n),
    '1E3': bytes(1000n),
    '1e+3': bytes(1000n),
    '15e-1': (one * 3n) / 2n,
    '0.1Ki': (one * 1024n) / 10n,
    '1e-12': 1n,
    '-1e-12': -1n,
    '0.0000000011': 2n,
  }
  for (const [text, value] of Object.entries(values)) t.equal(parseQuantity(text), value, text)
})

t.test('what is no quantity has no value', async t => {
  const texts = [
    '',
    ' ',
    '.',
    '+',
    '-',
    'Mi',
    '1 Mi',
    ' 1',
    '1\n',
    '1mi',
    '1K',
    '1KI',
    '1iK',
    '1e',
    '1e+',
    '1e999',
    '1e3Mi',
  ]
  texts.push('1.2.3', '0x10', '1_000', 'NaN', 'Infinity', '١', '1MiB', '1b', '--1', '1,5', `1${'0'.repeat(64)}`)
  for (const text of texts) t.equal(parseQuantity(text), undefined, JSON.stringify(text))
  t.throws(() => quantity('lots'), RangeError)
})

t.test('a huge exponent costs nothing', async t => {
  t.equal(parseQuantity('1e999999999'), undefined)
  t.equal(parseQuantity('1e-999999999'), undefined)
})

t.test('texts are as Kubernetes writes them', async t => {
  const texts: [string, 'binary' | 'decimal', string][] = [
    ['1024Mi', 'binary', '1Gi'],
    ['0.5Gi', 'binary', '512Mi'],
    ['1000', 'binary', '1000'],
    ['1500m', 'binary', '1500m'],
    ['0', 'binary', '0'],
    ['0.5', 'decimal', '500m'],
    ['1000m', 'decimal', '1'],
    ['2000M', 'decimal', '2G'],
    ['1Ki', 'decimal', '1024'],
    ['1n', 'decimal', '1n'],
    ['0', 'decimal', '0'],
    ['-1000m', 'decimal', '-1'],
  ]
  for (const [text, form, expected] of texts) t.equal(formatQuantity(quantity(text), form), expected, text)
})

t.test('what is written is read back as the same value', async () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.constantFrom('binary', 'decimal'),
      (value, form) => parseQuantity(formatQuantity(value, form)) === value,
    ),
  )
})

t.test('a value is the digits times the suffix, whatever the digits', async () => {
  const suffixes = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei')
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 20n }),
      suffixes,
      (digits, suffix) => parseQuantity(`${digits}${suffix}`) === digits * quantity(`1${suffix}`),
    ),
  )
})

t.test('no text makes the parser throw or hang', async () => {
  const alphabet = fc.constantFrom(...'0123456789.+-eEinumkKMGTP '.split(''))
  fc.assert(
    fc.property(fc.string({ unit: alphabet, maxLength: 70 }), text => {
      const value = parseQuantity(text)
      return value === undefined || typeof value === 'bigint'
    }),
  )
})

t.test('half of a memory is never less than half, and whole bytes', async t => {
  t.equal(halfOf('1Gi', quantity('1Gi')), '512Mi')
  t.equal(halfOf('3G', quantity('3G')), '1500M')
  t.equal(halfOf('3', quantity('3')), '2')
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n }), fc.constantFrom('', 'Mi', 'M', 'm'), (digits, suffix) => {
      const text = `${digits}${suffix}`
      const half = quantity(halfOf(text, quantity(text)))
      return half % one === 0n && half * 2n >= quantity(text) && half * 2n < quantity(text) + 2n * one
    }),
  )
})

t.test('the same amount in other words is the same', async t => {
  t.ok(sameQuantity('0.1', '100m'))
  t.ok(sameQuantity('512Mi', '0.5Gi'))
  t.notOk(sameQuantity('512Mi', '512M'))
  t.ok(sameQuantity('odd', 'odd'))
  t.notOk(sameQuantity('odd', 'other'), 'two texts that are no quantities')
  t.notOk(sameQuantity('1', 'odd'))
})
