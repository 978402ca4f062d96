import fc from 'fast-check'
import t from 'tap'
import { addQuantity, formatQuantity, parseQuantity, wholeQuantity, zero } from '../../../src/sandbox/quantity.ts'

const canonical = (text: string): string | undefined => {
  const quantity = parseQuantity(text)
  return quantity === undefined ? undefined : formatQuantity(quantity)
}

t.test('a quantity has one form', async t => {
  const forms = {
    '0.5': '500m',
    '1000m': '1',
    '1024Mi': '1Gi',
    '0.5Gi': '512Mi',
    '1.5Gi': '1536Mi',
    '1.2Gi': '1288490188800m',
    '100Ki': '100Ki',
    '1Ki': '1Ki',
    '512': '512',
    '1e3': '1e3',
    '1E3': '1e3',
    '2M': '2M',
    '2000k': '2M',
    '1500': '1500',
    '0': '0',
    '-0.1': '-100m',
    '.5': '500m',
    '5.': '5',
    '0.0000000001': '1n',
    '+1': '1',
  }
  for (const [given, form] of Object.entries(forms)) t.equal(canonical(given), form, given)
})

t.test('what is no quantity is none', async t => {
  for (const bad of ['', 'x', '.', '1 Gi', '1gi', '1e', '--1', '1.2.3', 'Mi', '1e999', '0x1']) {
    t.equal(canonical(bad), undefined, bad)
  }
})

t.test('a canonical form is its own', async () => {
  const suffix = fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'e3', 'u', 'n')
  fc.assert(
    fc.property(fc.nat(10_000_000), suffix, (number, unit) => {
      const once = canonical(`${number}${unit}`)
      return once !== undefined && canonical(once) === once
    }),
  )
})

t.test('sums are exact and keep the form of the first that is not zero', async t => {
  const sum = (...texts: string[]) =>
    formatQuantity(texts.map(text => parseQuantity(text) ?? zero).reduce(addQuantity, zero))
  t.equal(sum('0.1', '0.2'), '300m')
  t.equal(sum('512Mi', '512Mi'), '1Gi')
  t.equal(sum('1', '1Gi'), '1073741825')
  t.equal(formatQuantity(wholeQuantity(3)), '3')
})
