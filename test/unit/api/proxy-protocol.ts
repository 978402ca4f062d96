import fc from 'fast-check'
import t from 'tap'
import { type ProxyHeader, parseProxyHeader } from '../../../src/api/proxy-protocol.ts'

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const ipv4 = Buffer.from('c0000201c6336402d43101bb', 'hex')
const ipv6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from('20010db8000000000000000000000002', 'hex'),
  Buffer.from('d43101bb', 'hex'),
])

interface Binary {
  command?: number
  family?: number
  rest?: Buffer
  length?: number
}

function binary({ command = 0x21, family = 0x11, rest = ipv4, length = rest.length }: Binary = {}): Buffer {
  const size = Buffer.alloc(2)
  size.writeUInt16BE(length)
  return Buffer.concat([signature, Buffer.from([command, family]), size, rest])
}

const client4 = { address: '192.0.2.1', port: 54321 }
const done = (bytes: Buffer, client: object | undefined) => ({ state: 'done', length: bytes.length, client })
const parse = (text: string) => parseProxyHeader(Buffer.from(text, 'latin1'))

/** As the reader does it: after each piece, all that there is by then. */
function parsePieces(bytes: Buffer, ends: readonly number[]): ProxyHeader {
  for (const end of [...ends].sort((a, b) => a - b)) {
    const header = parseProxyHeader(bytes.subarray(0, end))
    if (header.state !== 'more') return header
  }
  return parseProxyHeader(bytes)
}

t.test('version 2 tells the client of IPv4 and IPv6, and how long the header is', async t => {
  const four = binary()
  t.strictSame(parseProxyHeader(four), done(four, client4))
  const six = binary({ family: 0x21, rest: ipv6 })
  t.strictSame(parseProxyHeader(six), done(six, { address: '2001:db8:0:0:0:0:0:1', port: 54321 }))
  const extended = binary({ rest: Buffer.concat([ipv4, Buffer.alloc(100, 0xee)]) })
  t.strictSame(parseProxyHeader(Buffer.concat([extended, Buffer.from('TLS')])), done(extended, client4))
})

t.test('version 2 names no client where the proxy speaks for itself or does not know', async t => {
  const local = binary({ command: 0x20 })
  t.strictSame(parseProxyHeader(local), done(local, undefined))
  const bare = binary({ command: 0x20, family: 0, rest: Buffer.alloc(0) })
  t.strictSame(parseProxyHeader(bare), done(bare, undefined))
  const odd = binary({ command: 0x20, family: 0x77, rest: Buffer.alloc(3) })
  t.strictSame(parseProxyHeader(odd), done(odd, undefined))
  const unspecified = binary({ family: 0, rest: Buffer.alloc(5) })
  t.strictSame(parseProxyHeader(unspecified), done(unspecified, undefined))
})

t.test('version 2 is refused where it is wrong, as soon as that shows', async t => {
  const wrong: [string, Buffer][] = [
    ['a version or command that does not exist', binary({ command: 0x11 })],
    ['a version or command that does not exist', binary({ command: 0x22 })],
    ['a version or command that does not exist', binary({ command: 0x01 })],
    ['a connection that is not TCP', binary({ family: 0x12 })],
    ['a connection that is not TCP', binary({ family: 0x31, rest: Buffer.alloc(216) })],
    ['too short for its addresses', binary({ rest: ipv4.subarray(0, 11) })],
    ['too short for its addresses', binary({ family: 0x21, rest: ipv6.subarray(0, 35) })],
    ['too long', binary({ length: 2049 })],
    ['too long', binary({ length: 65_535 })],
    ['too long', binary({ command: 0x20, length: 2049 })],
  ]
  for (const [reason, bytes] of wrong) {
    t.strictSame(parseProxyHeader(bytes), { state: 'bad', reason }, bytes.toString('hex', 12, 16))
    t.equal(parseProxyHeader(bytes.subarray(0, 16)).state, 'bad', 'with the fixed part alone')
  }
  const longest = binary({ rest: Buffer.concat([ipv4, Buffer.alloc(2036)]) })
  t.strictSame(parseProxyHeader(longest), done(longest, client4), 'the longest')
})

t.test('version 1 tells the client of TCP4 and TCP6, and names none where it is unknown', async t => {
  const four = 'PROXY TCP4 192.0.2.1 198.51.100.2 54321 443\r\n'
  t.strictSame(parse(four), { state: 'done', length: four.length, client: client4 })
  t.strictSame(parse(`${four}\x16\x03`), { state: 'done', length: four.length, client: client4 })
  const six = 'PROXY TCP6 2001:db8::1 2001:db8::2 65535 0\r\n'
  t.strictSame(parse(six), { state: 'done', length: six.length, client: { address: '2001:db8::1', port: 65_535 } })
  for (const unknown of ['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ffff::1 whatever 1 2\r\n'])
    t.strictSame(parse(unknown), { state: 'done', length: unknown.length, client: undefined })
})

t.test('version 1 is refused where it is wrong', async t => {
  const reasons: Record<string, string[]> = {
    'a connection that is not TCP': ['UDP4 192.0.2.1 192.0.2.2 1 2', 'tcp4 192.0.2.1 192.0.2.2 1 2', '', ' TCP4'],
    'an address that is none': [
      'TCP4 999.0.2.7 192.0.2.2 1 2',
      'TCP4 192.0.2.1 192.0.2 1 2',
      'TCP4 2001:db8::1 2001:db8::2 1 2',
      'TCP6 192.0.2.1 192.0.2.2 1 2',
      'TCP4  192.0.2.1 192.0.2.2 1 2',
      'TCP4',
    ],
    'a port that is none': [
      'TCP4 192.0.2.1 192.0.2.2 65536 2',
      'TCP4 192.0.2.1 192.0.2.2 1 70000',
      'TCP4 192.0.2.1 192.0.2.2 01 2',
      'TCP4 192.0.2.1 192.0.2.2 1 -2',
      'TCP4 192.0.2.1 192.0.2.2 1x 2',
      'TCP4 192.0.2.1 192.0.2.2 x1 2',
      'TCP4 192.0.2.1 192.0.2.2 123456 2',
      'TCP4 192.0.2.1 192.0.2.2 1 2 ',
      'TCP4 192.0.2.1 192.0.2.2 1 2 3',
      'TCP4 192.0.2.1 192.0.2.2 1',
    ],
  }
  for (const [reason, lines] of Object.entries(reasons))
    for (const line of lines) t.strictSame(parse(`PROXY ${line}\r\n`), { state: 'bad', reason }, line)
  const room = 107 - 'PROXY UNKNOWN \r\n'.length
  t.equal(parse(`PROXY UNKNOWN ${'x'.repeat(room)}\r\n`).state, 'done', 'the longest line')
  t.strictSame(parse(`PROXY UNKNOWN ${'x'.repeat(room + 1)}\r\n`), { state: 'bad', reason: 'a line without an end' })
  t.equal(parse('PROXY'.padEnd(106, ' ')).state, 'more')
  t.strictSame(parse(`PROXY ${'x'.repeat(101)}`), { state: 'bad', reason: 'a line without an end' })
})

t.test('what is no header is refused at its first byte that shows it', async t => {
  const none = { state: 'bad', reason: 'no PROXY header' }
  for (const text of ['\x16\x03\x01', 'GET / HTTP/1.1', 'PROXZ', 'proxy TCP4', '\r\n\r\nX', '\n'])
    t.strictSame(parse(text), none, JSON.stringify(text))
  for (const text of ['', 'P', 'PROXY', 'PROXY ', '\r', '\r\n\r\n'])
    t.strictSame(parse(text), { state: 'more' }, JSON.stringify(text))
  t.strictSame(parseProxyHeader(signature), { state: 'more' })
  t.strictSame(parseProxyHeader(binary().subarray(0, 27)), { state: 'more' })
})

const headers = fc.oneof(
  fc.constantFrom(binary(), binary({ family: 0x21, rest: ipv6 }), binary({ command: 0x20, rest: Buffer.alloc(0) })),
  fc
    .constantFrom('PROXY TCP4 192.0.2.1 198.51.100.2 54321 443\r\n', 'PROXY UNKNOWN\r\n')
    .map(text => Buffer.from(text)),
  fc
    .record({
      command: fc.constantFrom(0x20, 0x21, 0x22),
      family: fc.constantFrom(0, 0x11, 0x21, 0x31),
      rest: fc.uint8Array({ maxLength: 80 }).map(bytes => Buffer.from(bytes)),
    })
    .map(binary),
  fc
    .string({ maxLength: 120, unit: fc.constantFrom('\r', '\n', ' ', 'T', 'C', 'P', '4', '1', '.', ':') })
    .map(text => Buffer.from(`PROXY ${text}`)),
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)),
)

t.test('however the bytes are cut into pieces, the same comes out, and what follows does not matter', async t => {
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(400)), (header, tail, cuts) => {
      const whole = Buffer.concat([header, tail])
      const expected = parseProxyHeader(whole)
      t.strictSame(parsePieces(whole, cuts), expected)
      if (expected.state !== 'done') return
      t.ok(expected.length <= whole.length && expected.length <= 2064)
      t.equal(parseProxyHeader(whole.subarray(0, expected.length - 1)).state, 'more')
    }),
    { numRuns: 500 },
  )
})

t.test('whatever the bytes are, it does not throw, and after 2,064 of them it has decided', async t => {
  const start = fc.constantFrom(signature, Buffer.from('PROXY '), Buffer.alloc(0))
  fc.assert(
    fc.property(start, fc.uint8Array({ minLength: 2064, maxLength: 2100 }), (head, bytes) => {
      t.not(parseProxyHeader(Buffer.concat([head, bytes])).state, 'more')
    }),
    { numRuns: 300 },
  )
})
