/** One attribute of an entry's own name, unescaped. */
export interface NamePart {
  readonly type: string
  readonly value: string
}

/** The name of an entry (RFC 4514), taken apart at the top. */
export interface SplitDn {
  /** More than one for a name like `cn=a+ou=b`. */
  readonly own: readonly NamePart[]
  /** The name of the entry above, as it is written. */
  readonly parent: string
}

const escapes = /((?:\\[0-9a-f]{2})+)|\\(.)/gis

const unescaped = (text: string): string =>
  text.replace(escapes, (_, bytes: string | undefined, character: string) =>
    bytes === undefined ? character : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8'),
  )

function partOf(text: string): NamePart | undefined {
  const [, type, value] = /^\s*([a-z][-a-z0-9]*|[0-9]+(?:\.[0-9]+)*)\s*=\s*(.*)$/is.exec(text) ?? []
  // Bytes of a value in hexadecimal (#04...) and quotes of LDAP 2 are written by nobody for a person.
  if (type === undefined || value === undefined || /^["#]/.test(value)) return undefined
  return { type: type.toLowerCase(), value: unescaped(value).trim() }
}

/** Undefined for what is no name of an entry, or the empty one. */
export function splitDn(dn: string): SplitDn | undefined {
  const [, own, parent = ''] = /^((?:\\.|[^\\,])+)(?:,(.*))?$/s.exec(dn) ?? []
  const parts = own?.match(/(?:\\.|[^\\+])+/gs)?.map(partOf) ?? []
  const known = parts.filter(part => part !== undefined)
  return known.length === 0 || known.length < parts.length ? undefined : { own: known, parent: parent.trim() }
}

const plain = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase()

/** Equal for names that a directory takes for the same, as far as their own part says. */
export const ownKey = (own: readonly NamePart[]): string =>
  JSON.stringify(own.map(({ type, value }) => [type, plain(value)]).sort())

/** Likewise for the name of the entry above: upper and lower case, and blanks around commas, make no difference. */
export const parentKey = (parent: string): string => plain(parent).replaceAll(/\s*([,=])\s*/g, '$1')
