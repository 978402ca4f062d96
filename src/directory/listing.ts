import { toolNamePattern } from '../contract/limits.ts'
import { printable } from '../platform/printable.ts'
import type { Administrator, Listing, Skipped, ToolAccount } from './directory.ts'

/** An account as it was found, before anybody asked whether it can be one. */
export interface FoundAccount {
  /** As it is written there, without what stands before the names of all tools; empty where there is none. */
  readonly name: string
  /** Decimal digits, or whatever stands in their place; undefined where there is none. */
  readonly uid: string | undefined
  /** Why it is shut off; absent while it may work. */
  readonly disabled?: string
  /** Where it is, for people: a line, the name of an entry. */
  readonly place: string
  /** What keeps it from being an account, where that was seen already. */
  readonly trouble?: string
}

export interface Found {
  readonly tools: readonly FoundAccount[]
  readonly administrators: readonly FoundAccount[]
}

export interface ListingRules {
  /** The lowest uid that an account may have. */
  readonly minUid: number
  /** The uid that several accounts may have: where there is one user only. */
  readonly sharedUid?: number
}

/** Kubernetes takes no more for a user. */
const greatestUid = 2 ** 31 - 1
/** What file systems show for owners that they do not know, in 16 and in 32 bits. */
const nobodies: readonly number[] = [65_534, 65_535]

const validName = new RegExp(toolNamePattern)

/**
 * The name as it is compared: directories make no difference between upper and lower case, nor between blanks, so an
 * account that is written otherwise is still nobody else's.
 */
export const comparable = (name: string): string => name.trim().toLowerCase()

/** True for what can be the name of a tool, or of an administrator. */
export const isValidName = (name: string): boolean => validName.test(name)

/** What a valid name is, in words. */
export const nameRule = '1 to 53 lower-case letters, digits and "-", with a letter or a digit at both ends'

/** A uid that is written in decimal digits; undefined for all else. */
export function numberOf(uid: string | undefined): number | undefined {
  return uid !== undefined && /^(0|[1-9]\d{0,9})$/.test(uid) ? Number(uid) : undefined
}

interface Neighbours {
  readonly names: ReadonlyMap<string, readonly FoundAccount[]>
  /** Of tools and administrators alike: whoever has the uid owns the files. */
  readonly uids: ReadonlyMap<number | undefined, readonly FoundAccount[]>
  /** Names that are taken by administrators, whether or not these can be listed. */
  readonly taken: ReadonlySet<string>
}

/** A few of them, in words. */
function some(texts: readonly string[]): string {
  const shown = texts.slice(0, 3).map(text => printable(text))
  return texts.length > 3 ? `${shown.join(', ')} and ${texts.length - 3} more` : shown.join(' and ')
}

const quoted = (text: string): string => `"${printable(text)}"`

function troubleOfName({ name }: FoundAccount, { names, taken }: Neighbours): string | undefined {
  if (name === '') return 'it has no name'
  if (!isValidName(name)) return `${quoted(name)} cannot be a name: ${nameRule}`
  if (taken.has(comparable(name))) return 'an administrator has this name; people and tools must never share one'
  const all = names.get(comparable(name)) ?? []
  return all.length > 1 ? `the name is there ${all.length} times: ${some(all.map(({ place }) => place))}` : undefined
}

/** A uid that can be used, or why it cannot. */
function uidOf(account: FoundAccount, { uids }: Neighbours, { minUid, sharedUid }: ListingRules): number | string {
  const uid = numberOf(account.uid)
  if (account.uid === undefined) return 'it has no uid'
  if (uid === undefined || uid > greatestUid) return `its uid ${quoted(account.uid)} is no number up to ${greatestUid}`
  if (uid < minUid) return `its uid ${uid} is below ${minUid}, where the accounts of the system are`
  if (nobodies.includes(uid)) return `its uid ${uid} is the one of files without an owner`
  const others = (uids.get(uid) ?? []).filter(other => other !== account)
  if (others.length === 0 || uid === sharedUid) return uid
  return `its uid ${uid} is also that of ${some(others.map(({ name, place }) => name || place))}`
}

/** What holds the name, as far as there is one: a tool that was made before is found by it. */
function skippedName({ name, place }: FoundAccount): string {
  const plain = comparable(name)
  return isValidName(plain) ? plain : printable(name === '' ? place : name)
}

function judge(account: FoundAccount, neighbours: Neighbours, rules: ListingRules): ToolAccount | Skipped {
  const { name, disabled, trouble = troubleOfName(account, neighbours) } = account
  const uid = trouble ?? uidOf(account, neighbours, rules)
  if (typeof uid === 'number') return disabled === undefined ? { name, uid } : { name, uid, disabled }
  const also = disabled === undefined ? '' : `; it is shut off, too: ${disabled}`
  return { name: skippedName(account), reason: `${uid}${also}` }
}

const byName = (one: { name: string }, other: { name: string }): number =>
  one.name < other.name ? -1 : one.name > other.name ? 1 : 0

const isSkipped = (verdict: ToolAccount | Skipped): verdict is Skipped => 'reason' in verdict

function split(verdicts: readonly (ToolAccount | Skipped)[]): [ToolAccount[], Skipped[]] {
  const accounts = verdicts.filter((verdict): verdict is ToolAccount => !isSkipped(verdict))
  return [accounts.sort(byName), verdicts.filter(isSkipped)]
}

/**
 * What of all that was found is an account, by name; what is none is skipped with the reason, and nothing is dropped: each
 * that was found is in exactly one of the three lists. Of accounts that collide none is taken, whatever their order.
 */
export function listingOf({ tools, administrators }: Found, rules: ListingRules): Listing {
  const uids = Map.groupBy([...tools, ...administrators], ({ uid }) => numberOf(uid))
  const namesOf = (accounts: readonly FoundAccount[]) => Map.groupBy(accounts, ({ name }) => comparable(name))
  const people = namesOf(administrators)
  const ofTools = { names: namesOf(tools), uids, taken: new Set(people.keys()) }
  const ofPeople = { names: people, uids, taken: new Set<string>() }
  const [listedTools, skippedTools] = split(tools.map(account => judge(account, ofTools, rules)))
  const [listedPeople, skippedPeople] = split(administrators.map(account => judge(account, ofPeople, rules)))
  return {
    tools: listedTools,
    administrators: listedPeople satisfies Administrator[],
    skipped: [...skippedTools, ...skippedPeople].sort(byName),
  }
}
