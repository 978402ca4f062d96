import { shareConfigMap } from '../../kube/config-map.ts'
import type { PlatformCluster } from '../../kube/platform-cluster.ts'
import type { DenyListEntry } from '../../pki/deny-list.ts'
import { type Clock, rfc3339 } from '../../platform/clock.ts'
import { printable } from '../../platform/printable.ts'
import type { Denial } from '../plan/facts.ts'

/** What we write begins so: entries of operators are never touched. */
const ours = 'kubeusers: '

const isOurs = ({ reason }: DenyListEntry): boolean => reason.startsWith(ours)

/** A change of what we say of one tool; `undefined` takes it away. */
export interface Edit {
  readonly tool: string
  readonly denial: Denial
  /** For the owner of the tool, who is told it. */
  readonly reason: string
}

function entryOf({ tool, denial, reason }: Edit): DenyListEntry[] {
  if (denial === undefined) return []
  // Who reads the list refuses all of it for one control character, and the reason may be a stranger's.
  const text = `${ours}${printable(reason, 900)}`
  return [
    denial === 'all' ? { tool, reason: text } : { tool, issuedBefore: rfc3339(denial.issuedBefore), reason: text },
  ]
}

/** The list after changes of ours; what concerns only certificates that have expired by `expired` (milliseconds) goes. */
export function edited(entries: readonly DenyListEntry[], edits: readonly Edit[], expired: number): DenyListEntry[] {
  // Of two edits for one tool the later holds.
  const changed = new Map(edits.map(edit => [edit.tool, edit]))
  const stay = entries.filter(entry => !isOurs(entry) || (!changed.has(entry.tool) && !isOver(entry, expired)))
  return [...stay, ...[...changed.values()].flatMap(entryOf)]
}

const isOver = ({ issuedBefore }: DenyListEntry, expired: number): boolean =>
  issuedBefore !== undefined && Date.parse(issuedBefore) < expired

/** What the list says of each tool by our own hand. */
export function denialsOf(entries: readonly DenyListEntry[]): Map<string, Denial> {
  const denials = new Map<string, Denial>()
  for (const entry of entries.filter(isOurs)) {
    const { tool, issuedBefore } = entry
    if (denials.get(tool) === 'all') continue
    denials.set(tool, issuedBefore === undefined ? 'all' : { issuedBefore: Date.parse(issuedBefore) })
  }
  return denials
}

const isMoment = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value))

const isEntry = (value: unknown): value is DenyListEntry =>
  typeof value === 'object' &&
  value !== null &&
  'tool' in value &&
  typeof value.tool === 'string' &&
  'reason' in value &&
  typeof value.reason === 'string' &&
  (!('issuedBefore' in value) || isMoment(value.issuedBefore))

/** @throws Error when it is no list: then it is an operator's to mend, and nothing of it must be lost. */
export function parseEntries(text: string | undefined): DenyListEntry[] {
  const value: unknown = text === undefined || text.trim() === '' ? [] : JSON.parse(text)
  if (!Array.isArray(value) || !value.every(isEntry)) throw new Error('the deny list is not a list of entries')
  return value
}

/** Where the jobs API looks who is shut out. */
export interface DenyList {
  read(): Promise<Map<string, Denial>>
  /** Resolves when it is written. Edits that come together are written together. */
  edit(edit: Edit): Promise<void>
}

const place = { name: 'deny-list', key: 'list.json' } as const

export interface DenyListDeps {
  readonly cluster: PlatformCluster
  readonly clock: Clock
  readonly namespace: string
  /** The longest life of a certificate, in milliseconds. */
  readonly longestLife: number
}

export function createDenyList({ cluster, clock, namespace, longestLife }: DenyListDeps): DenyList {
  const shared = shareConfigMap(cluster.in(namespace), place.name)
  let waiting: { edit: Edit; resolve: () => void; reject: (error: unknown) => void }[] = []
  let isWriting = false

  const write = (edits: readonly Edit[]): Promise<void> =>
    shared.change(data => {
      const entries = edited(parseEntries(data[place.key]), edits, clock.now() - longestLife)
      return { ...data, [place.key]: `${JSON.stringify(entries, undefined, 2)}\n` }
    })

  async function drain(): Promise<void> {
    isWriting = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        await write(batch.map(({ edit }) => edit))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isWriting = false
  }

  return {
    async read() {
      return denialsOf(parseEntries((await shared.read())[place.key]))
    },
    edit: edit =>
      new Promise((resolve, reject) => {
        waiting.push({ edit, resolve, reject })
        if (!isWriting) void drain()
      }),
  }
}
