import { isIP } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { cidrErrors, isWithin, parseCidr } from '../../../src/sandbox/cidr.ts'

const lies = (inner: string, outer: string): boolean => {
  const [one, other] = [parseCidr(inner), parseCidr(outer)]
  return one !== undefined && other !== undefined && isWithin(one, other)
}

t.test('blocks of both families are read', async t => {
  t.strictSame(parseCidr('10.1.2.3/8'), { family: 4, address: 0x0a010203n, prefix: 8 })
  t.strictSame(parseCidr('2001:db8::1/64'), {
    family: 6,
    address: (0x20010db8n << 96n) + 1n,
    prefix: 64,
  })
  t.strictSame(parseCidr('::/0'), { family: 6, address: 0n, prefix: 0 })
  t.strictSame(parseCidr('::ffff:1.2.3.4/128'), { family: 6, address: 0xffff01020304n, prefix: 128 })
  t.strictSame(parseCidr('1:2:3:4:5:6:7:8/128')?.address, 0x10002000300040005000600070008n)
  for (const bad of [
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'x/8',
    '::1%lo/8',
    '10.0.0.0/-1',
  ])
    t.equal(parseCidr(bad), undefined, bad)
})

t.test('what is doubtful is refused in the words of Kubernetes', async t => {
  for (const good of ['10.0.0.0/8', '0.0.0.0/0', '10.1.2.3/32', '::/0', '2001:db8::/32', '2001:DB8:0::/48'])
    t.strictSame(cidrErrors(good), [], good)
  const cases: [text: string, error: string][] = [
    ['x', 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ['010.0.0.0/8', 'must not have leading 0s in IP or prefix length'],
    ['10.0.0.0/08', 'must not have leading 0s in IP or prefix length'],
    ['2001:db8::/032', 'must not have leading 0s in IP or prefix length'],
    ['::ffff:10.0.0.0/104', 'must not have an IPv4-mapped IPv6 address'],
    ['10.0.0.1/8', 'must not have bits set beyond the prefix length'],
    ['2001:db8::1/32', 'must not have bits set beyond the prefix length'],
  ]
  for (const [text, error] of cases) t.strictSame(cidrErrors(text), [error], text)
})

t.test('a block lies in another when it is a part of it', async t => {
  t.ok(lies('10.1.0.0/16', '10.0.0.0/8') && lies('2001:db8:1::/48', '2001:db8::/32') && lies('1.2.3.4/32', '0.0.0.0/0'))
  for (const other of ['10.1.0.0/16', '10.1.2.0/24', '11.0.0.0/8', '::/0']) t.notOk(lies('10.1.0.0/16', other), other)
})

t.test('every address of IPv6 is read as it is', async () => {
  fc.assert(
    fc.property(fc.ipV6(), text => {
      const found = parseCidr(`${text}/128`)
      if (isIP(text) !== 6) return found === undefined
      const hex = (found?.address ?? 0n).toString(16).padStart(32, '0')
      const whole = hex.replace(/(.{4})(?!$)/g, '$1:')
      return new URL(`http://[${whole}]/`).host === new URL(`http://[${text}]/`).host
    }),
  )
})
