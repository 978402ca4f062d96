import type { CST, YAMLMap, YAMLSeq } from 'yaml'

type Token = CST.Token
export type Item = CST.CollectionItem

/** A piece of a text, from one character to before another, and what takes its place. */
export interface Edit {
  from: number
  to: number
  text: string
}

/** The text with the pieces replaced; of those at the same place the first given comes first. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of edits.toSorted((one, other) => one.from - other.from || one.to - other.to)) {
    if (edit.from < at) throw new RangeError('two changes of the same place')
    result += text.slice(at, edit.from) + edit.text
    at = edit.to
  }
  return result + text.slice(at)
}

const blank = new Set(['space', 'comment', 'newline'])
const isSaid = (token: CST.SourceToken): boolean => !blank.has(token.type)
const ends = new Set(['flow-map-end', 'flow-seq-end', 'flow-error-end'])
const length = (tokens: readonly Token[]): number =>
  tokens.reduce((sum, token) => sum + ('source' in token ? token.source.length : 0), 0)

/** Where a token ends, spaces and comments behind it left out; -1 when there is nothing. */
export function endOf(token: Token | null | undefined): number {
  if (token === null || token === undefined) return -1
  switch (token.type) {
    case 'block-map':
    case 'block-seq':
      return lastEnd(token.items)
    case 'flow-collection': {
      const end = token.end.find(({ type }) => ends.has(type))
      return end === undefined ? -1 : end.offset + end.source.length
    }
    case 'block-scalar':
      return token.offset + length(token.props) + token.source.length
    default:
      return 'source' in token ? token.offset + token.source.length : -1
  }
}

function lastEnd(items: readonly Item[]): number {
  for (const item of items.toReversed()) {
    const end = endOfItem(item)
    if (end !== -1) return end
  }
  return -1
}

/** Where an item of a list or a mapping ends, spaces and comments behind it left out; -1 when there is nothing in it. */
export function endOfItem({ start, key, sep, value }: Item): number {
  const said = [...start, ...(sep ?? [])].filter(isSaid)
  return Math.max(-1, ...said.map(token => token.offset + token.source.length), endOf(key), endOf(value))
}

/** Where an item of a flow collection begins, behind the comma. */
export const startOfItem = ({ start, key, sep, value }: Item): number =>
  Math.min(
    ...[...start, ...(sep ?? [])].filter(token => isSaid(token) && token.type !== 'comma').map(({ offset }) => offset),
    key?.offset ?? Number.POSITIVE_INFINITY,
    value?.offset ?? Number.POSITIVE_INFINITY,
  )

/** The characters before this one in its line; a byte order mark is none. */
export function columnOf(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return offset - start - (start === 0 && text.startsWith('\uFEFF') ? 1 : 0)
}

/** The line break that a text uses. */
export const breakOf = (text: string): string => {
  const at = text.indexOf('\n')
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n'
}

/** An end without the line breaks and spaces that a block scalar includes. */
const trimmed = (text: string, from: number, to: number): number => from + text.slice(from, to).trimEnd().length

/** Puts lines after the line in which something ended. */
export function linesAfter(text: string, end: number, lines: readonly string[]): Edit {
  const lineBreak = breakOf(text)
  const next = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1
  return next === 0
    ? { from: text.length, to: text.length, text: lines.map(line => lineBreak + line).join('') }
    : { from: next, to: next, text: lines.map(line => line + lineBreak).join('') }
}

/** Puts one more item into a flow collection, behind the last. */
export function intoFlow(collection: CST.FlowCollection, item: string): Edit {
  const last = lastEnd(collection.items)
  const at = last === -1 ? collection.start.offset + 1 : last
  const closed = collection.items.at(-1)
  const comma = closed !== undefined && startOfItem(closed) === Number.POSITIVE_INFINITY
  return { from: at, to: at, text: last === -1 ? item : comma ? ` ${item}` : `, ${item}` }
}

/** Gives another value to the pair of a mapping: a text that may stand in flow style. */
export function setValue(text: string, pair: Item, value: string): Edit {
  const colon = pair.sep?.find(({ type }) => type === 'map-value-ind')
  if (colon === undefined) {
    const at = endOfItem(pair)
    return { from: at, to: at, text: `: ${value}` }
  }
  const props = (pair.sep ?? []).filter(token => isSaid(token) && token.offset > colon.offset)
  const from = props[0]?.offset ?? pair.value?.offset
  if (from === undefined) return { from: colon.offset + 1, to: colon.offset + 1, text: ` ${value}` }
  return { from, to: trimmed(text, from, endOfItem(pair)), text: value }
}

/** Replaces an item of a list, from behind its dash or comma; `lines` for block style, `flow` for the other. */
export function replaceItem(text: string, item: Item, { lines, flow }: { lines: string[]; flow: string }): Edit {
  const dash = dashOf(item)
  const from = dash === undefined ? startOfItem(item) : dash + 1
  const indent = breakOf(text) + ' '.repeat(dash === undefined ? 0 : columnOf(text, dash) + 2)
  return {
    from,
    to: trimmed(text, from, endOfItem(item)),
    text: dash === undefined ? flow : ` ${lines.join(indent)}`,
  }
}

/**
 * Takes an item out of a list, and with it the comma before it. In block style an empty comment stays in its place: an empty
 * line would belong to a block scalar above it.
 */
export function removeItem(text: string, item: Item): { item: Edit; comma: Edit | undefined } {
  const dash = dashOf(item)
  const from = dash ?? startOfItem(item)
  const comma = item.start.find(({ type }) => type === 'comma')?.offset
  return {
    item: { from, to: trimmed(text, from, endOfItem(item)), text: dash === undefined ? '' : '#' },
    comma: comma === undefined ? undefined : { from: comma, to: comma + 1, text: '' },
  }
}

/** Where the dash of a block list's item is. */
export const dashOf = ({ start }: Item): number | undefined => start.find(({ type }) => type === 'seq-item-ind')?.offset

/** The source of a list or a mapping; undefined for one that was not read from a text. */
export function collectionOf({
  srcToken: token,
}: YAMLMap | YAMLSeq): CST.BlockMap | CST.BlockSequence | CST.FlowCollection | undefined {
  const isOne = token?.type === 'block-map' || token?.type === 'block-seq' || token?.type === 'flow-collection'
  return isOne ? token : undefined
}
