import { NoSuchObjectError } from 'ldapts'
import type { LdapConfig } from './config.ts'
import { DirectoryError } from './directory.ts'
import { type NamePart, ownKey, parentKey, splitDn } from './dn.ts'
import { administratorsOf, missingAdministrator, toolsOf } from './ldap-accounts.ts'
import type { LdapConnection, LdapEntry } from './ldap-connection.ts'
import { type LdapPlan, ownNames, since } from './ldap-plan.ts'
import type { Found, FoundAccount } from './listing.ts'

/** People that are asked for by name at once. */
const together = 50

interface Member {
  readonly dn: string
  readonly key: string
  readonly own: readonly NamePart[]
  readonly parent: string
}

const keyOf = (own: readonly NamePart[], parent: string): string => `${ownKey(own)} ${parentKey(parent)}`

function memberOf(dn: string): Member | undefined {
  const split = splitDn(dn)
  return split === undefined ? undefined : { dn, key: keyOf(split.own, split.parent), ...split }
}

/** The one entry of the administrators' group. @throws DirectoryError when there is another number of them */
async function groupOf({ search }: LdapConnection, { group }: LdapPlan): Promise<LdapEntry | undefined> {
  if (group === undefined) return undefined
  const [entry, ...more] = await search({ ...group, scope: 'sub' })
  if (entry !== undefined && more.length === 0) return entry
  const found = entry === undefined ? 'is not there' : `is there ${more.length + 1} times`
  throw new DirectoryError(
    `the administrators' group ${found} below "${group.base}": set administrators.base and administrators.filter to what finds one entry`,
  )
}

const membersOf = (group: LdapEntry | undefined, { administrators }: LdapConfig): readonly string[] =>
  group?.values.get(administrators.member.toLowerCase()) ?? []

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

/** The entries of members, in few searches: those below one parent are asked for together. */
async function peopleOf(
  { search }: LdapConnection,
  members: readonly string[],
  { attributes, moment }: { attributes: readonly string[]; moment?: string | undefined },
): Promise<Map<string, LdapEntry>> {
  const known = members.map(memberOf).filter(member => member !== undefined)
  const people = new Map<string, LdapEntry>()
  for (const below of Map.groupBy(known, ({ parent }) => parentKey(parent)).values()) {
    for (const some of chunks(below, together)) {
      const [{ parent } = { parent: '' }] = some
      const filter = since(ownNames(some.map(({ own }) => own)), moment)
      const found = await search({ base: parent, scope: 'one', filter, attributes }).catch(noneThere)
      for (const entry of found) {
        const key = memberOf(entry.dn)?.key
        if (key !== undefined) people.set(key, entry)
      }
    }
  }
  return people
}

/** A group outlives the entries of its members, and the folder that they were in. */
function noneThere(error: unknown): LdapEntry[] {
  if (error instanceof DirectoryError && error.cause instanceof NoSuchObjectError) return []
  throw error
}

function peopleAmong(members: readonly string[], people: ReadonlyMap<string, LdapEntry>, config: LdapConfig) {
  // One person may be written in two ways.
  const unique = new Map(members.map(dn => [memberOf(dn)?.key ?? dn, dn]))
  return [...unique].flatMap(([key, dn]): FoundAccount[] => {
    const entry = people.get(key)
    return entry === undefined ? [missingAdministrator(dn, config)] : administratorsOf(entry, config)
  })
}

export interface LdapSearches {
  readonly config: LdapConfig
  readonly plan: LdapPlan
}

/** All accounts of the directory. @throws DirectoryError */
export async function findAccounts(connection: LdapConnection, { config, plan }: LdapSearches): Promise<Found> {
  const tools = await connection.search({ ...plan.tools, scope: 'sub' })
  const members = membersOf(await groupOf(connection, plan), config)
  const people = await peopleOf(connection, members, plan)
  return {
    tools: tools.flatMap(entry => toolsOf(entry, config)),
    administrators: peopleAmong(members, people, config),
  }
}

/**
 * The entries of accounts that were changed at a moment (generalized time) or later, or all of them; the administrators'
 * group in any case. @throws DirectoryError
 */
export async function findChanged(
  connection: LdapConnection,
  { config, plan }: LdapSearches,
  moment: string | undefined,
): Promise<LdapEntry[]> {
  const { filter, ...tools } = plan.tools
  const changed = await connection.search({ ...tools, filter: since(filter, moment), scope: 'sub' })
  const group = await groupOf(connection, plan)
  const people = await peopleOf(connection, membersOf(group, config), { ...plan, moment })
  return [...changed, ...(group === undefined ? [] : [group]), ...people.values()]
}
