import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import {
  type Entries,
  type Entry,
  entryLines,
  type ListName,
  listLines,
  listNames,
  scalar,
  wantedEntries,
} from './kubeconfig-entries.ts'
import {
  collectionOf,
  columnOf,
  dashOf,
  type Edit,
  edited,
  endOf,
  type Item,
  intoFlow,
  linesAfter,
  removeItem,
  replaceItem,
  setValue,
  startOfItem,
} from './yaml-source.ts'

/** Why a kubeconfig is not to be changed, but replaced; completes a sentence that begins with its name. */
export class Broken extends Error {}

export type Fields = Record<string, unknown>

export interface Parsed {
  text: string
  document: Document.Parsed
  /** What it means; undefined when there is nothing in it but comments. */
  fields: Fields | undefined
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The text with our entries in it. @throws Broken */
export function spliced(parsed: Parsed, fields: Fields, entries: Entries): string {
  const change = createChange(parsed)
  const wanted = wantedEntries(entries)
  for (const name of listNames) mergeList(change, name, { list: fields[name], entry: wanted[name] })
  mergeCurrent(change, fields['current-context'], entries)
  return edited(parsed.text, change.edits())
}

/** A pair as lines in block style, and as it stands in flow style. */
interface NewPair {
  lines: string[]
  flow: string
}

/** The changes of one text, gathered. */
interface Change {
  text: string
  pair(name: string): Pair | undefined
  add(edit: Edit): void
  /** A change that takes away what `node` was. */
  replace(node: unknown, edit: Edit): void
  addPair(pair: NewPair): void
  edits(): Edit[]
}

const json = (value: unknown): string => JSON.stringify(value) ?? 'null'

function createChange({ text, document }: Parsed): Change {
  const edits: Edit[] = []
  const pairs: NewPair[] = []
  const gone: { node: Node; edit: Edit }[] = []
  const contents = document.contents
  if (!isMap(contents)) throw new Broken('is no mapping')
  return {
    text,
    pair: name => contents.items.find(({ key }) => isScalar(key) && key.value === name),
    add: edit => void edits.push(edit),
    replace(node, edit) {
      edits.push(edit)
      if (isNode(node)) gone.push({ node, edit })
    },
    addPair: pair => void pairs.push(pair),
    edits: () => [...edits, ...anchorsKept(document, gone), ...withPairs(text, contents, pairs)],
  }
}

function withPairs(text: string, contents: YAMLMap, pairs: readonly NewPair[]): Edit[] {
  const token = collectionOf(contents)
  if (pairs.length === 0) return []
  if (token?.type === 'flow-collection') return [intoFlow(token, pairs.map(({ flow }) => flow).join(', '))]
  const [first] = token?.items ?? []
  if (token === undefined || first === undefined) throw new Broken('cannot be taken apart')
  const indent = ' '.repeat(columnOf(text, startOfItem(first)))
  const lines = pairs.flatMap(pair => pair.lines).map(line => indent + line)
  return [linesAfter(text, endOf(token), lines)]
}

/**
 * What took an anchor away that others point to: the first of them gets what it meant, and the anchor, so that the next ones
 * find it there.
 */
function anchorsKept(document: Document.Parsed, gone: readonly { node: Node; edit: Edit }[]): Edit[] {
  const anchored = new Set<unknown>()
  for (const { node } of gone)
    visit(node, { Node: (_, inner) => void (!isAlias(inner) && inner.anchor !== undefined && anchored.add(inner)) })
  if (anchored.size === 0) return []
  const edits: Edit[] = []
  visit(document, {
    Alias(_, alias) {
      const [from = 0, to = 0] = alias.range ?? []
      if (gone.some(({ edit }) => edit.from <= from && to <= edit.to)) return
      const target = alias.resolve(document)
      if (target === undefined || !anchored.delete(target)) return
      edits.push({ from, to, text: `&${alias.source} ${json(target.toJS(document))}` })
    },
  })
  return edits
}

function mergeList(change: Change, name: ListName, { list, entry }: { list: unknown; entry: Entry }): void {
  const pair = change.pair(name)
  if (pair === undefined) change.addPair({ lines: listLines(name, entry), flow: `${json(name)}: ${json([entry])}` })
  else if (isAlias(pair.value)) mergeAliased(change, pair, { list, entry })
  else if (list === null || list === undefined) replaceValue(change, pair, json([entry]))
  else if (isSeq(pair.value) && Array.isArray(list)) mergeItems(change, pair.value, { list, entry })
  else throw new Broken(`has ${name} that are no list`)
}

function replaceValue(change: Change, pair: Pair, text: string): void {
  if (pair.srcToken === undefined) throw new Broken('cannot be taken apart')
  change.replace(pair.value, setValue(change.text, pair.srcToken, text))
}

export const isNamed = (item: unknown, name: string): boolean => isFields(item) && item['name'] === name

/** The list itself stands elsewhere, where it may mean something else: here it is written out. */
function mergeAliased(change: Change, pair: Pair, { list, entry }: { list: unknown; entry: Entry }): void {
  if (!Array.isArray(list)) throw new Broken('has a list that is none')
  const own = list.filter(item => isNamed(item, entry.name))
  if (own.length === 1 && isDeepStrictEqual(own[0], entry)) return
  replaceValue(change, pair, json([...list.filter(item => !isNamed(item, entry.name)), entry]))
}

function mergeItems(change: Change, list: YAMLSeq, { list: values, entry }: { list: unknown[]; entry: Entry }): void {
  const own = values.flatMap((value, at) => (isNamed(value, entry.name) ? [at] : []))
  const [first, ...others] = own
  if (first === undefined) addItem(change, list, entry)
  else if (!isDeepStrictEqual(values[first], entry)) {
    const edit = replaceItem(change.text, itemOf(list, first), { lines: entryLines(entry), flow: json(entry) })
    change.replace(list.items[first], edit)
  }
  for (const at of others) {
    const { item, comma } = removeItem(change.text, itemOf(list, at))
    change.replace(list.items[at], item)
    if (comma !== undefined) change.add(comma)
  }
}

function addItem({ text, add }: Change, list: YAMLSeq, entry: Entry): void {
  const token = collectionOf(list)
  if (token?.type === 'flow-collection') {
    add(intoFlow(token, json(entry)))
    return
  }
  const first = token?.items.map(dashOf).find(dash => dash !== undefined)
  if (token === undefined || first === undefined) throw new Broken('cannot be taken apart')
  const indent = ' '.repeat(columnOf(text, first))
  const lines = entryLines(entry).map((line, at) => `${indent}${at === 0 ? '- ' : '  '}${line}`)
  add(linesAfter(text, endOf(token), lines))
}

/** Where the item of a list stands in the text. */
function itemOf(list: YAMLSeq, at: number): Item {
  const node = list.items[at]
  const only = isMap(node) ? node.items[0]?.srcToken : undefined
  const token = isNode(node) ? node.srcToken : undefined
  const found = collectionOf(list)?.items.find(
    (item: Item) => item === only || (token !== undefined && item.value === token),
  )
  if (found === undefined) throw new Broken('cannot be taken apart')
  return found
}

/** kubectl writes an empty text where there is no current context. */
export const isUnset = (current: unknown): boolean => current === undefined || current === null || current === ''

function mergeCurrent(change: Change, current: unknown, { context, currentContext }: Entries): void {
  if (current === context.name || (currentContext === 'if_new' && !isUnset(current))) return
  const pair = change.pair('current-context')
  if (pair !== undefined) replaceValue(change, pair, json(context.name))
  else
    change.addPair({
      lines: [`current-context: ${scalar(context.name)}`],
      flow: `"current-context": ${json(context.name)}`,
    })
}
