import { isMap, isNode, isScalar, type Pair, stringify, type YAMLMap, type YAMLSeq } from 'yaml'
import { printable } from '../platform/printable.ts'
import { DirectoryError } from './directory.ts'
import { parseDirectoryText } from './file-text.ts'
import { comparable, type FoundAccount, isValidName, nameRule } from './listing.ts'

const lineEndOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n')

/** Where what is written of the last of a list's entries ends; undefined for an empty list. */
function lastEnd(tools: YAMLSeq): number | undefined {
  const last = tools.items.at(-1)
  return isNode(last) ? last.range?.[1] : undefined
}

/** Into `[]`, or behind the last of `[…]`. */
function intoFlow(text: string, tools: YAMLSeq, entry: string): string {
  const end = lastEnd(tools)
  const at = end ?? (tools.range?.[0] ?? 0) + 1
  return `${text.slice(0, at)}${end === undefined ? '' : ', '}{ ${entry} }${text.slice(at)}`
}

/** On a line of its own below what ends at `end`, the comment behind it included; indented as what begins at `start`. */
function below(text: string, { start, end }: { start: number; end: number }, entry: string): string {
  const column = start - (text.lastIndexOf('\n', start - 1) + 1)
  const lineEnd = text.indexOf('\n', text.slice(0, end).trimEnd().length)
  const at = lineEnd === -1 ? text.length : lineEnd + 1
  return `${text.slice(0, at)}${' '.repeat(column)}${entry}${lineEndOf(text)}${text.slice(at)}`
}

/** On a line of its own below the last entry. */
function belowLast(text: string, tools: YAMLSeq, entry: string): string {
  const start = tools.range?.[0] ?? 0
  return below(text, { start, end: lastEnd(tools) ?? start }, `- ${entry}`)
}

/**
 * The text of a directory's file with one more tool at the end of its list; all else stays as it is, byte by byte.
 * @throws DirectoryError when the text is wrong, the name cannot be a tool's, or is there already
 */
export function addTool(text: string, { name }: { name: string }): string {
  if (!isValidName(name)) throw new DirectoryError(`"${printable(name)}" cannot be the name of a tool: ${nameRule}`)
  const { found, tools } = parseDirectoryText(text)
  const isName = (account: { name: string }): boolean => comparable(account.name) === name
  if (found.tools.some(isName)) throw new DirectoryError(`there is a tool "${name}" already`)
  if (found.administrators.some(isName))
    throw new DirectoryError(`"${name}" is the name of an administrator, which no tool can have`)
  const entry = `name: ${stringify(name).trimEnd()}`
  const added = tools.flow === true ? intoFlow(text, tools, entry) : belowLast(text, tools, entry)
  const names = parseDirectoryText(added).found.tools.map(tool => tool.name)
  if (names.length !== found.tools.length + 1 || names.at(-1) !== name)
    throw new DirectoryError(`"${name}" cannot be added to a list that is written like this: add it by hand`)
  return added
}

const isNamed = (pair: Pair, key: string): boolean => isScalar(pair.key) && pair.key.value === key

/** In place of a value; what ends its last line stays. */
function inPlace(text: string, value: unknown, next: string): string {
  const [start = 0, end = 0] = isNode(value) ? (value.range ?? []) : []
  const tail = text.slice(start, end).match(/\s*$/)?.[0] ?? ''
  return `${text.slice(0, start)}${next}${tail}${text.slice(end)}`
}

/** Behind the last value of an account: in its braces, or on a line of its own. */
function behindLast(text: string, account: YAMLMap, entry: string): string {
  const last = account.items.at(-1)?.value
  const end = isNode(last) ? (last.range?.[1] ?? 0) : 0
  if (account.flow === true) return `${text.slice(0, end)}, ${entry}${text.slice(end)}`
  return below(text, { start: account.range?.[0] ?? 0, end }, entry)
}

/** What a change must keep: each account, and whether it may work. */
const statesOf = (accounts: readonly FoundAccount[]): (readonly [name: string, uid: string, mayWork: boolean])[] =>
  accounts.map(({ name, uid = '', disabled }) => [name, uid, disabled === undefined])

/**
 * The text of a directory's file in which a tool is shut off, for a reason or without one, or may work again (`false`); all else
 * stays as it is, byte by byte.
 * @throws DirectoryError when the text is wrong, or has no such tool
 */
export function setDisabled(text: string, { name, disabled }: { name: string; disabled: string | boolean }): string {
  const { found, tools } = parseDirectoryText(text)
  const index = found.tools.findIndex(account => account.name === name)
  const [account, node] = [found.tools[index], tools.items[index]]
  if (account === undefined || !isMap(node)) throw new DirectoryError(`there is no tool "${printable(name)}"`)
  if (disabled === false && account.disabled === undefined) return text
  const value = JSON.stringify(disabled)
  const pair = node.items.find(pair => isNamed(pair, 'disabled'))
  const changed = pair === undefined ? behindLast(text, node, `disabled: ${value}`) : inPlace(text, pair.value, value)
  const wanted = statesOf(found.tools).with(index, [name, account.uid ?? '', disabled === false])
  if (JSON.stringify(statesOf(parseDirectoryText(changed).found.tools)) !== JSON.stringify(wanted))
    throw new DirectoryError(`"${name}" stands in a list that is written in a way of its own: change it by hand`)
  return changed
}
