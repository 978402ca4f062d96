import { isIP } from 'node:net'

/** A block of IP addresses. */
export interface Cidr {
  family: 4 | 6
  /** The address, also the bits beyond the prefix. */
  address: bigint
  prefix: number
}

const widths = { 4: 32, 6: 128 } as const

/** `10.0.0.0/8` or `2001:db8::/32`; undefined for what is neither. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefixText = '', ...more] = text.split('/')
  const found = isIP(address)
  if (more.length > 0 || (found !== 4 && found !== 6) || address.includes('%') || !/^\d{1,3}$/.test(prefixText))
    return undefined
  const family = found
  const prefix = Number(prefixText)
  if (prefix > widths[family]) return undefined
  return { family, address: family === 4 ? number4(address) : number6(address), prefix }
}

const number4 = (address: string): bigint => address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)

function number6(address: string): bigint {
  const dotted = /^(.*:)([\d.]+)$/.exec(address)
  const [, before = '', last = ''] = dotted ?? []
  const plain = last.includes('.') ? before + hexOf(number4(last)) : address
  const [head = '', tail] = plain.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const missing = 8 - groups(head).length - groups(tail ?? '').length
  const all = [
    ...groups(head),
    ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'),
    ...groups(tail ?? ''),
  ]
  return all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
}

const hexOf = (four: bigint): string => `${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`

const start = ({ family, address, prefix }: Cidr, of = prefix): bigint => address >> BigInt(widths[family] - of)

/** An IPv4 address that is written as one of IPv6. */
const isMapped = ({ family, address }: Cidr): boolean => family === 6 && address >> 32n === 0xffffn

/** What is wrong with a block, in the words of Kubernetes. */
export function cidrErrors(text: string): string[] {
  const plain = text.includes(':') ? text.replace(/\/0+(?=\d)/, '/') : text.replace(/(^|[./])0+(?=\d)/g, '$1')
  const cidr = parseCidr(plain)
  if (cidr === undefined) return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']
  if (plain !== text) return ['must not have leading 0s in IP or prefix length']
  if (isMapped(cidr)) return ['must not have an IPv4-mapped IPv6 address']
  const bits = BigInt(widths[cidr.family] - cidr.prefix)
  return start(cidr) << bits === cidr.address ? [] : ['must not have bits set beyond the prefix length']
}

/** Whether a block lies in another and is smaller. */
export const isWithin = (inner: Cidr, outer: Cidr): boolean =>
  inner.family === outer.family && inner.prefix > outer.prefix && start(inner, outer.prefix) === start(outer)
