import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import { printable } from '../platform/printable.ts'
import { DirectoryError } from './directory.ts'
import type { Found, FoundAccount } from './listing.ts'

/** The text of a directory's file, and where its list of tools is in it. */
export interface DirectoryText {
  readonly found: Found
  readonly tools: YAMLSeq
}

/** The uid of accounts that have none of their own. */
export interface Defaults {
  readonly uid?: number | undefined
}

const keys = { file: ['tools', 'administrators'], account: ['name', 'uid', 'disabled'] } as const

const shape = 'it must say "tools:" and below it "- name: NAME" for each; an empty list is []'

/** What a reader of nodes needs to say where it is. */
interface Reader {
  readonly defaults: Defaults
  lineOf(node: unknown): number
  fail(node: unknown, what: string): never
}

function createReader(lines: LineCounter, defaults: Defaults): Reader {
  const lineOf = (node: unknown): number => {
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
    const start: unknown = Array.isArray(range) ? range[0] : 0
    return lines.linePos(typeof start === 'number' ? start : 0).line
  }
  return {
    defaults,
    lineOf,
    fail(node, what) {
      throw new DirectoryError(`line ${lineOf(node)}: ${what}`)
    },
  }
}

/** The values of a map by their keys, none of which is unknown. */
function fieldsOf(map: YAMLMap, known: readonly string[], reader: Reader): ReadonlyMap<string, Pair> {
  const fields = map.items.map((pair): [string, Pair] => {
    const key = isScalar(pair.key) ? pair.key.value : undefined
    if (typeof key === 'string' && known.includes(key)) return [key, pair]
    const shown = isScalar(pair.key) ? printable(String(pair.key.value)) : 'this'
    return reader.fail(pair.key, `there is no setting "${shown}"; there are ${known.join(', ')}`)
  })
  return new Map(fields)
}

const scalarOf = (pair: Pair | undefined): unknown => (isScalar(pair?.value) ? pair.value.value : undefined)

function nameOf(pair: Pair | undefined, map: YAMLMap, { fail }: Reader): string {
  const name = scalarOf(pair)
  if (typeof name === 'string' && name !== '') return name
  return fail(pair?.key ?? map, 'an account needs a "name", a text: one that is a number must stand in quotes')
}

function uidOf(pair: Pair | undefined, { fail, defaults }: Reader): string | undefined {
  if (pair === undefined) return defaults.uid === undefined ? undefined : String(defaults.uid)
  const uid = scalarOf(pair)
  if (typeof uid === 'number' && Number.isSafeInteger(uid)) return String(uid)
  return fail(pair.key, '"uid" must be a whole number')
}

function disabledOf(pair: Pair | undefined, { fail }: Reader): { disabled?: string } {
  const disabled = pair === undefined ? false : scalarOf(pair)
  if (disabled === false) return {}
  if (disabled === true) return { disabled: 'it is disabled in the file' }
  if (typeof disabled === 'string' && disabled.trim() !== '') return { disabled: printable(disabled) }
  return fail(pair?.key, '"disabled" must be true, false, or the reason')
}

function accountOf(item: unknown, reader: Reader): FoundAccount {
  if (!isMap(item)) return reader.fail(item, 'an account is written as "- name: NAME"')
  const fields = fieldsOf(item, keys.account, reader)
  return {
    name: nameOf(fields.get('name'), item, reader),
    uid: uidOf(fields.get('uid'), reader),
    place: `line ${reader.lineOf(item)}`,
    ...disabledOf(fields.get('disabled'), reader),
  }
}

function listOf(pair: Pair | undefined, reader: Reader): YAMLSeq | undefined {
  if (pair === undefined) return undefined
  return isSeq(pair.value) ? pair.value : reader.fail(pair.key, `"${pair.key}" must be a list; ${shape}`)
}

/**
 * The accounts in a directory's file. A text that may be the half of one is refused like one that is wrong.
 * @throws DirectoryError with the line
 */
export function parseDirectoryText(text: string, defaults: Defaults = {}): DirectoryText {
  if (text.trim() === '') throw new DirectoryError(`line 1: the file is empty; ${shape}`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const reader = createReader(lines, defaults)
  const [problem] = document.errors
  if (problem !== undefined)
    throw new DirectoryError(
      `line ${lines.linePos(problem.pos[0]).line}: is not YAML: ${problem.message.split('\n')[0]}`,
    )
  // A name that was cut off is a name, too.
  if (!text.endsWith('\n'))
    throw new DirectoryError(`line ${text.split('\n').length}: the file does not end with a newline: it may be cut off`)
  if (!isMap(document.contents)) throw new DirectoryError(`line 1: ${shape}`)
  const fields = fieldsOf(document.contents, keys.file, reader)
  const tools = listOf(fields.get('tools'), reader)
  if (tools === undefined) return reader.fail(document.contents, `there are no "tools"; ${shape}`)
  const administrators = listOf(fields.get('administrators'), reader)?.items ?? []
  return {
    tools,
    found: {
      tools: tools.items.map(item => accountOf(item, reader)),
      administrators: administrators.map(item => accountOf(item, reader)),
    },
  }
}
