import type { ToolEntry } from '../failing-directory.ts'
import { toolUid } from '../tool-home.ts'
import { oneOf } from './random.ts'

/** What becomes of a tool: what it was before, and what the directory says of it from then on. */
export const fates = ['new', 'stays', 'disabled', 'gone', 'returns', 'unclear'] as const
export type Fate = (typeof fates)[number]

export interface Tool {
  readonly name: string
  readonly uid: number
  readonly fate: Fate
}

export const toolsOf = (names: readonly string[], fateAt: (at: number) => Fate): Tool[] =>
  names.map((name, at) => ({ name, uid: toolUid(at), fate: fateAt(at) }))

/** Two to four tools. One at least stays: an empty directory is a mistake, and nobody is taken away for it. */
export function someTools(run: number, random: () => number): Tool[] {
  const names = Array.from({ length: 2 + Math.floor(random() * 3) }, (_, at) => `t${at}-${run}`)
  return toolsOf(names, at => (at === 0 ? 'stays' : oneOf(fates, random)))
}

type Entries = ReadonlyMap<string, ToolEntry>

const entriesOf = (tools: readonly Tool[], isOf: (fate: Fate) => ToolEntry['is'] | 'absent'): Entries =>
  new Map(
    tools.flatMap(({ name, uid, fate }) => {
      const is = isOf(fate)
      return is === 'absent' ? [] : [[name, { uid, is }]]
    }),
  )

/** What the directory holds of them at first. */
export const before = (tools: readonly Tool[]): Entries =>
  entriesOf(tools, fate => (fate === 'new' ? 'absent' : 'well'))

/** The same once those that are to return are shut off. */
export const shut = (tools: readonly Tool[]): Entries =>
  entriesOf(tools, fate => (fate === 'new' ? 'absent' : fate === 'returns' ? 'disabled' : 'well'))

const ends: Readonly<Partial<Record<Fate, ToolEntry['is'] | 'absent'>>> = {
  gone: 'absent',
  disabled: 'disabled',
  unclear: 'unclear',
}

/** What it holds in the end. */
export const after = (tools: readonly Tool[]): Entries => entriesOf(tools, fate => ends[fate] ?? 'well')
