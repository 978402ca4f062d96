import { isIPv4, isIPv6 } from 'node:net'

/** Where a connection came from before it met the proxy. */
export interface ClientAddress {
  address: string
  port: number
}

export type ProxyHeader =
  /** The header may still become one; read on. */
  | { state: 'more' }
  | { state: 'bad'; reason: string }
  /** `length` bytes are header. No client: the proxy speaks for itself, as its health checks do. */
  | { state: 'done'; length: number; client: ClientAddress | undefined }

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const fixedLength = 16
/** Bytes after the fixed part of version 2: the addresses and what proxies add to them; none comes near it. */
const longestRest = 2048
/** Bytes of version 1, line end included, by its specification. */
const longestLine = 107

const more: ProxyHeader = { state: 'more' }
const bad = (reason: string): ProxyHeader => ({ state: 'bad', reason })

const hextets = (bytes: Buffer): string =>
  Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':')

interface Family {
  size: number
  address(bytes: Buffer): string
}

/** By the byte of family and protocol; only TCP reaches us. */
const families: Record<number, Family> = {
  17: { size: 4, address: bytes => bytes.join('.') },
  33: { size: 16, address: hextets },
}
const unspecified = 0

function clientOf({ size, address }: Family, rest: Buffer): ClientAddress {
  return { address: address(rest.subarray(0, size)), port: rest.readUInt16BE(2 * size) }
}

/** Version 2: signature, version and command, family, length of the rest, addresses, ports, extensions. */
function parseBinary(bytes: Buffer): ProxyHeader {
  if (bytes.length < fixedLength) return more
  const command = bytes.readUInt8(12)
  const kind = bytes.readUInt8(13)
  const rest = bytes.readUInt16BE(14)
  if (command !== 0x20 && command !== 0x21) return bad('a version or command that does not exist')
  if (rest > longestRest) return bad('too long')
  const family = families[kind]
  const anonymous = command === 0x20 || kind === unspecified
  if (!anonymous && family === undefined) return bad('a connection that is not TCP')
  if (!anonymous && family !== undefined && rest < 2 * family.size + 4) return bad('too short for its addresses')
  const length = fixedLength + rest
  if (bytes.length < length) return more
  if (anonymous || family === undefined) return { state: 'done', length, client: undefined }
  return { state: 'done', length, client: clientOf(family, bytes.subarray(fixedLength, length)) }
}

const isPort = (text: string): boolean => /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535

/** Version 1: `PROXY TCP4 client proxy clientPort proxyPort`. */
function parseLine(line: string, length: number): ProxyHeader {
  const [, family, client = '', proxy = '', clientPort = '', proxyPort = '', extra] = line.split(' ')
  if (family === 'UNKNOWN') return { state: 'done', length, client: undefined }
  if (family !== 'TCP4' && family !== 'TCP6') return bad('a connection that is not TCP')
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6
  if (!isAddress(client) || !isAddress(proxy)) return bad('an address that is none')
  if (!isPort(clientPort) || !isPort(proxyPort) || extra !== undefined) return bad('a port that is none')
  return { state: 'done', length, client: { address: client, port: Number(clientPort) } }
}

const lineStart = Buffer.from('PROXY ')

const agrees = (bytes: Buffer, start: Buffer): boolean => {
  const length = Math.min(bytes.length, start.length)
  return bytes.subarray(0, length).equals(start.subarray(0, length))
}

/**
 * Reads the header of the PROXY protocol, version 1 or 2, at the start of what has arrived so far. It says the same
 * however the bytes were cut into pieces, never throws, and never asks for more than 2,064 bytes.
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (agrees(bytes, signature)) return bytes.length < signature.length ? more : parseBinary(bytes)
  if (!agrees(bytes, lineStart)) return bad('no PROXY header')
  const end = bytes.subarray(0, longestLine).indexOf('\r\n')
  if (end >= 0) return parseLine(bytes.toString('latin1', 0, end), end + 2)
  return bytes.length < longestLine ? more : bad('a line without an end')
}
