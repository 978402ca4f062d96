import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, type Node, parseDocument } from 'yaml'
import { Broken, type Fields, isFields, isNamed, isUnset, type Parsed, spliced } from './kubeconfig-change.ts'
import { type Entries, freshKubeconfig, listNames, wantedEntries } from './kubeconfig-entries.ts'
import { homeLimits } from './limits.ts'

/**
 * What is to be done with a kubeconfig: nothing; write the text in its place; or keep it aside, since it cannot be used, and
 * write the text, which then holds nothing but our entries.
 */
export type Merge =
  | { state: 'same' }
  | { state: 'changed'; text: string }
  | { state: 'broken'; reason: string; text: string }

/**
 * Puts our entries into a kubeconfig, by their names alone: each character that is not of one of them stays as it is, and
 * whatever else the file means it means afterwards. Undefined stands for a file that is not there.
 */
export function mergeKubeconfig(text: string | undefined, entries: Entries): Merge {
  if (text === undefined) return { state: 'changed', text: freshKubeconfig(entries) }
  try {
    const merged = merge(text, entries)
    if (Buffer.byteLength(merged) > homeLimits.kubeconfigBytes) throw new Broken('is too large')
    return merged === text ? { state: 'same' } : { state: 'changed', text: merged }
  } catch (error) {
    // Depths beyond what the stack holds, and whatever else a hostile text makes of a parser, end here as well.
    const reason = error instanceof Broken ? error.message : 'cannot be taken apart'
    return { state: 'broken', reason, text: freshKubeconfig(entries) }
  }
}

function parse(text: string): Parsed {
  const document = parseDocument(text, { logLevel: 'error', prettyErrors: false, keepSourceTokens: true })
  const [error] = document.errors
  if (error?.code === 'MULTIPLE_DOCS') throw new Broken('holds several documents')
  if (error !== undefined) throw new Broken('is not YAML that can be read')
  if (document.contents === null || isNothing(document.contents)) return { text, document, fields: undefined }
  const fields: unknown = document.toJS({ maxAliasCount: homeLimits.aliases })
  if (!isMap(document.contents) || !isFields(fields)) throw new Broken('is no mapping')
  if ((fields['apiVersion'] ?? 'v1') !== 'v1' || (fields['kind'] ?? 'Config') !== 'Config')
    throw new Broken('is of another kind')
  return { text, document, fields }
}

const isNothing = (node: Node): boolean => isScalar(node) && node.value === null && node.srcToken === undefined

function merge(text: string, entries: Entries): string {
  if (Buffer.byteLength(text) > homeLimits.kubeconfigBytes) throw new Broken('is too large')
  const parsed = parse(text)
  if (parsed.fields === undefined) return appended(text, entries)
  const merged = spliced(parsed, parsed.fields, entries)
  if (merged !== text) verify(parsed.fields, parse(merged).fields ?? {}, entries)
  return merged
}

/** Behind a file that holds nothing but comments. */
function appended(text: string, entries: Entries): string {
  const fresh = freshKubeconfig(entries)
  const whole = `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${fresh}`
  if (!isDeepStrictEqual(parse(whole).fields, parse(fresh).fields)) throw new Broken('cannot take our entries')
  return whole
}

/** @throws Broken when anything but our entries means something else than before, or they are not as they should be. */
function verify(before: Fields, after: Fields, entries: Entries): void {
  const wanted = wantedEntries(entries)
  for (const name of listNames) {
    const own = listOf(after[name]).filter(item => isNamed(item, wanted[name].name))
    if (!isDeepStrictEqual(own, [wanted[name]])) throw new Broken('cannot take our entries')
  }
  const current = after['current-context']
  if (mayTake(before, entries) && current !== entries.context.name) throw new Broken('cannot take our context')
  if (!isDeepStrictEqual(foreign(before, after, entries), foreign(before, before, entries)))
    throw new Broken('would lose something')
}

const mayTake = (before: Fields, { currentContext }: Entries): boolean =>
  currentContext === 'always' || isUnset(before['current-context'])

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** All that is not ours, in its order. */
function foreign(before: Fields, fields: Fields, entries: Entries): unknown {
  const wanted = wantedEntries(entries)
  const ours = new Set<string>([...listNames, 'current-context'])
  return {
    lists: listNames.map(name => listOf(fields[name]).filter(item => !isNamed(item, wanted[name].name))),
    rest: Object.entries(fields).filter(([key]) => !ours.has(key)),
    current: mayTake(before, entries) || fields['current-context'],
  }
}
