import type { Directory, Listing } from '../directory/directory.ts'
import type { PlatformCluster } from '../kube/platform-cluster.ts'
import { mapBounded } from '../platform/map-bounded.ts'
import { type CensusDeps, type CensusMemory, type Found, lookAtTool, takeCensus, takeForeign } from './census.ts'
import type { Template } from './desired.ts'
import { clusterTime, type LedgerStore } from './ledger.ts'
import { type PeopleDeps, planForPeople } from './people.ts'
import { type Account, type Denial, type Home, nothing, type ToolFacts } from './plan/facts.ts'
import type { PeoplePlan } from './plan/plan-people.ts'
import type { Ledger } from './plan/safety.ts'
import type { DenyList } from './steps/deny-list.ts'
import type { HomesPort } from './steps/homes-port.ts'

/** A listing, and its accounts by name: entries that are none are unclear, and nothing is done to tools of their names. */
export interface Listed extends Listing {
  readonly accounts: ReadonlyMap<string, Account>
}

/** All that a pass goes by, read at one time. */
export interface Reading {
  readonly listed: Listed
  readonly facts: readonly ToolFacts[]
  readonly uids: ReadonlyMap<string, number>
  readonly ledger: Ledger
  /** Milliseconds since 1970. */
  readonly clusterNow: number
  readonly people: PeoplePlan
}

export interface ReadingDeps {
  readonly directory: Directory
  readonly cluster: PlatformCluster
  readonly homes: HomesPort
  readonly denyList: DenyList
  readonly ledger: LedgerStore
  /** The administrators' own homes. */
  readonly people: PeopleDeps
  readonly template: () => Template
  /** The platform's own. */
  readonly namespace: string
  /** Kept from one pass to the next. */
  readonly memory: CensusMemory
  /** Homes that are looked at at once. */
  readonly concurrency: number
}

export function listedOf(listing: Listing): Listed {
  const accounts = new Map<string, Account>()
  for (const { name, reason } of listing.skipped) accounts.set(name, { state: 'unclear', reason })
  for (const { name, uid, disabled } of listing.tools)
    accounts.set(name, disabled === undefined ? { state: 'active', uid } : { state: 'disabled', uid, reason: disabled })
  return { ...listing, accounts }
}

const uidOfAccount = (account: Account | undefined): number | undefined =>
  account !== undefined && 'uid' in account ? account.uid : undefined

const absent: Account = { state: 'absent' }
const unknownHome: Home = { unreadable: 'nobody knows whose it is' }

interface Known {
  readonly accounts: ReadonlyMap<string, Account>
  readonly denials: ReadonlyMap<string, Denial>
  readonly foreign: ReadonlyMap<string, string>
}

/** All that is known of a tool, its home looked at; `seen` where that has been done. */
async function factsOf(
  tool: string,
  found: Found | undefined,
  { accounts, denials, foreign, homes, seen }: Known & { homes: HomesPort; seen?: ReadonlyMap<string, Home> },
): Promise<ToolFacts> {
  const account = accounts.get(tool) ?? absent
  const uid = uidOfAccount(account) ?? found?.uid
  const home = seen?.get(tool) ?? (uid === undefined ? unknownHome : await homes.look({ name: tool, uid }))
  const foreignBinding = foreign.get(tool)
  const objects = { ...(found?.objects ?? nothing), ...(foreignBinding === undefined ? {} : { foreignBinding }) }
  return { tool, account, objects, home, denial: denials.get(tool) }
}

/** The homes of all tools that are at work, all asked for at once: who looks takes many in one go. */
async function lookAtHomes(
  accounts: ReadonlyMap<string, Account>,
  homes: HomesPort,
): Promise<ReadonlyMap<string, Home>> {
  const owners = [...accounts].flatMap(([name, account]) =>
    account.state === 'active' ? [{ name, uid: account.uid }] : [],
  )
  return new Map(await Promise.all(owners.map(async owner => [owner.name, await homes.look(owner)] as const)))
}

/** Whether a tool is anybody's business: not one that is shut off and was never there. */
const matters = (account: Account | undefined, found: Found | undefined): boolean =>
  found !== undefined || account?.state === 'active'

/** Reads all there is, in as many calls of the cluster however many tools there are. @throws Error when any of it fails */
export async function readAll(deps: ReadingDeps, signal: AbortSignal): Promise<Reading> {
  const { cluster, denyList, ledger: store, namespace } = deps
  const listed = listedOf(await deps.directory.read({ signal }))
  const { accounts } = listed
  const template = deps.template()
  const { memory } = deps
  const uidOf = (tool: string) => uidOfAccount(accounts.get(tool))
  // Disk and cluster need not wait for each other.
  const [census, seen, denials, { ledger }, clusterNow] = await Promise.all([
    takeCensus({ cluster, template, memory, uidOf }, signal),
    lookAtHomes(accounts, deps.homes),
    denyList.read(),
    store.read(),
    clusterTime(cluster, namespace),
  ])
  const known = { accounts, denials, foreign: census.foreign, homes: deps.homes, seen }
  const names = [...new Set([...accounts.keys(), ...census.tools.keys()])].filter(tool =>
    matters(accounts.get(tool), census.tools.get(tool)),
  )
  const facts = await mapBounded(names, deps.concurrency, tool => factsOf(tool, census.tools.get(tool), known))
  const uids = new Map(
    [...census.tools].flatMap(([tool, { uid }]) => (uid === undefined ? [] : [[tool, uid] as const])),
  )
  const people = await planForPeople(listed, census.wide, deps.people)
  return { listed, facts, uids, ledger, clusterNow, people }
}

/** All that is known of one tool, by the accounts of the newest listing. @throws DomainError */
export async function readTool(
  tool: string,
  { accounts, ...deps }: ReadingDeps & { accounts: ReadonlyMap<string, Account> },
  signal: AbortSignal,
): Promise<{ facts: ToolFacts; uid: number | undefined }> {
  const census: CensusDeps = {
    cluster: deps.cluster,
    template: deps.template(),
    memory: deps.memory,
    uidOf: name => uidOfAccount(accounts.get(name)),
  }
  const found = await lookAtTool(tool, census, signal)
  const denials = await deps.denyList.read()
  // Only of a tool that is new it matters who else speaks of it, and that takes lists.
  const foreign = found === undefined ? await takeForeign(census, signal) : new Map<string, string>()
  const facts = await factsOf(tool, found, { accounts, denials, foreign, homes: deps.homes })
  return { facts, uid: uidOfAccount(accounts.get(tool)) ?? found?.uid }
}
