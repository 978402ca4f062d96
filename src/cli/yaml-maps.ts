import { type Alias, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { CliError } from './failure.ts'
import { visible } from './text.ts'

/** The value of a key: its text as it is written, undefined for none (null), or what else stands there. */
export type Written =
  | { readonly kind: 'text'; readonly text: string | undefined }
  | { readonly kind: 'map'; readonly fields: Fields }
  | { readonly kind: 'other' }

export interface Field {
  readonly line: number
  readonly value: Written
}

export type Fields = ReadonlyMap<string, Field>

/** A mapping of the file's list: where it begins, what it says, and which keys it says twice. */
export interface Entry {
  readonly line: number
  readonly fields: Fields
  readonly twice: readonly { readonly key: string; readonly line: number }[]
}

/** Bytes of a file, keys looked at in all, and how deep mappings may be merged or nested. */
const most = { bytes: 1024 * 1024, keys: 50_000, depth: 8 }

/** Of the tags that a value can bear only those that say what its text says anyway. */
const harmless = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/

/**
 * The mappings of a YAML file that is a list of them. Values stay texts as they are written, since what `yes`, `010` or
 * `1.10` mean is for the reader of the key to say (and YAML 1.1 and 1.2 differ on it); aliases and merge keys (`<<`) are
 * followed as far as the limits allow. @throws CliError naming file and line
 */
export function yamlMaps(text: string, file: string): Entry[] {
  if (text.length > most.bytes) throw new CliError(`${file}: is too large: ${most.bytes} bytes at most`)
  const lines = new LineCounter()
  const document = parseDocument(text, {
    ...{ schema: 'failsafe', lineCounter: lines, prettyErrors: false, uniqueKeys: false },
  })
  const lineOf = (offset: number | undefined): number => lines.linePos(offset ?? 0).line
  const [problem] = document.errors
  if (problem !== undefined)
    throw new CliError(`${file}, line ${lineOf(problem.pos[0])}: is not YAML: ${inWords(problem)}`)
  const reader = createReader(targetsOf(document), { file, lineOf })
  const list = document.contents
  if (!isSeq(list)) throw new CliError(`${file}: must be a list of jobs, each "- name: …" (an empty list is [])`)
  return list.items.map(item => reader.entry(item))
}

const inWords = ({ code, message }: { code: string; message: string }): string => {
  if (code === 'MULTIPLE_DOCS') return 'it holds several documents'
  return message.startsWith('Maximum call stack') ? 'it is nested too deeply' : (message.split('\n')[0] ?? '')
}

/** What each alias stands for: the last anchor of that name before it. */
function targetsOf(document: ReturnType<typeof parseDocument>): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source)
      if (target !== undefined) targets.set(alias, target)
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

interface Place {
  readonly file: string
  readonly lineOf: (offset: number | undefined) => number
}

function createReader(targets: ReadonlyMap<Alias, Node>, { file, lineOf }: Place) {
  let looked = 0
  const lineAt = (node: unknown): number =>
    lineOf(isMap(node) || isScalar(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : 0)
  const refuse = (node: unknown, why: string): never => {
    throw new CliError(`${file}, line ${lineAt(node)}: ${why}`)
  }

  const followed = (node: unknown): unknown => {
    const target = isAlias(node)
      ? (targets.get(node) ?? refuse(node, `nothing before it is called &${node.source}`))
      : node
    const tag: unknown = isScalar(target) || isMap(target) || isSeq(target) ? target.tag : undefined
    if (typeof tag === 'string' && !harmless.test(tag)) refuse(node, `the tag ${visible(tag)} is not known`)
    return target
  }

  const keyOf = (node: unknown): string => {
    const key = followed(node)
    if (isScalar(key) && typeof key.value === 'string') return key.value
    return refuse(node, 'a key must be a text')
  }

  const written = (node: unknown, depth: number): Written => {
    const value = followed(node)
    if (value === null) return { kind: 'text', text: undefined }
    if (isMap(value)) return { kind: 'map', fields: entry(value, depth + 1).fields }
    return isScalar(value) ? { kind: 'text', text: plainText(value.value, value.type) } : { kind: 'other' }
  }

  const entry = (node: unknown, depth = 0): Entry => {
    const map = followed(node)
    if (!isMap(map)) return refuse(node, 'must be a mapping of keys, such as "- name: …"')
    if (depth > most.depth) return refuse(node, 'mappings are nested too deeply')
    looked += map.items.length
    if (looked > most.keys) return refuse(node, 'the file says too much')
    const pairs = map.items.map(({ key, value }) => ({ key: keyOf(key), line: lineAt(key), value }))
    const merged = pairs.filter(({ key }) => key === '<<').flatMap(({ value }) => mergedFields(value, depth))
    const own = pairs.filter(({ key }) => key !== '<<')
    const { fields, twice } = unique(own.map(({ key, line, value }) => [key, { line, value: written(value, depth) }]))
    return { line: lineAt(node), fields: new Map([...merged.toReversed(), ...fields]), twice }
  }

  const mergedFields = (node: unknown, depth: number): (readonly [string, Field])[] => {
    const value = followed(node)
    return (isSeq(value) ? value.items : [value]).flatMap(each => [...entry(each, depth + 1).fields])
  }

  return { entry }
}

/** The first field of each key, and the others. */
function unique(all: readonly (readonly [string, Field])[]): Pick<Entry, 'fields' | 'twice'> {
  const fields = new Map<string, Field>()
  const twice: { key: string; line: number }[] = []
  for (const [key, field] of all) {
    if (fields.has(key)) twice.push({ key, line: field.line })
    else fields.set(key, field)
  }
  return { fields, twice }
}

/** Text as written; undefined for what YAML calls null when it is not quoted. */
function plainText(value: unknown, type: string | null | undefined): string | undefined {
  const text = typeof value === 'string' ? value : ''
  return type === 'PLAIN' && /^(|~|null|Null|NULL)$/.test(text) ? undefined : text
}
