import { printable } from '../platform/printable.ts'
import type { LdapConfig } from './config.ts'
import { splitDn } from './dn.ts'
import type { LdapEntry } from './ldap-connection.ts'
import type { FoundAccount } from './listing.ts'

const valuesOf = ({ values }: LdapEntry, attribute: string): readonly string[] =>
  values.get(attribute.toLowerCase()) ?? []

const inWords = (values: readonly string[]): string => values.map(value => `"${printable(value)}"`).join(', ')

/** Why an entry is shut off: the first of the attributes that is there. */
function disabledBy(entry: LdapEntry, attributes: readonly string[]): { disabled?: string } {
  const attribute = attributes.find(name => valuesOf(entry, name).length > 0)
  if (attribute === undefined) return {}
  return { disabled: `its ${attribute} is ${printable(valuesOf(entry, attribute).join(' '))}` }
}

interface Named {
  readonly entry: LdapEntry
  readonly names: readonly string[]
  readonly uidAttribute: string
  /** What is wrong with all of the names. */
  readonly trouble?: string | undefined
}

/** One account for each name, so that none of several goes unseen; with several of them none can be taken. */
function accountsOf({ entry, names, uidAttribute, trouble }: Named, disabled: readonly string[]): FoundAccount[] {
  const uids = valuesOf(entry, uidAttribute)
  const several =
    names.length > 1
      ? `its entry has several names: ${inWords(names)}`
      : uids.length > 1
        ? `it has several uids: ${inWords(uids)}`
        : undefined
  const why = trouble ?? several
  const account = { uid: uids[0], place: entry.dn, ...disabledBy(entry, disabled) }
  const all = names.length === 0 ? [''] : names
  return all.map(name => (why === undefined ? { name, ...account } : { name, ...account, trouble: why }))
}

/** What an entry says of a tool: mostly one account, more where it has several names. */
export function toolsOf(entry: LdapEntry, { project, tools, disabled }: LdapConfig): FoundAccount[] {
  const all = valuesOf(entry, tools.name)
  const before = `${project}.`.toLowerCase()
  const names = all.filter(name => name.toLowerCase().startsWith(before)).map(name => name.slice(before.length))
  const named = { entry, uidAttribute: tools.uid }
  if (names.length > 0 || all.length === 0) return accountsOf({ ...named, names }, disabled)
  return accountsOf({ ...named, names: all, trouble: `its name does not begin with "${project}."` }, disabled)
}

/** What a person's entry says. */
export const administratorsOf = (entry: LdapEntry, { administrators, disabled }: LdapConfig): FoundAccount[] =>
  accountsOf({ entry, names: valuesOf(entry, administrators.name), uidAttribute: administrators.uid }, disabled)

/** A member of the administrators' group without an entry that could be read. */
export function missingAdministrator(dn: string, { administrators }: LdapConfig): FoundAccount {
  const own = splitDn(dn)?.own.find(({ type }) => type === administrators.name.toLowerCase())
  const trouble = 'it is a member of the administrators, but has no entry that can be read'
  return { name: own?.value ?? '', uid: undefined, place: dn, trouble }
}
