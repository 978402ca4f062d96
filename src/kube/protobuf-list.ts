import { Malformed } from './parse.ts'

/** An object as far as a list tells it where only versions matter. */
export interface Outline {
  /** Empty for what belongs to none. */
  readonly namespace: string
  readonly name: string
  readonly version: string
}

/** What there is to tell of a whole object. */
export const outlineOf = ({ metadata: { namespace = '', name = '', resourceVersion = '' } = {} }: Named): Outline => ({
  namespace,
  name,
  version: resourceVersion,
})

interface Named {
  metadata?: { namespace?: string; name?: string; resourceVersion?: string }
}

export interface OutlinePage {
  items: Outline[]
  /** Undefined on the last page. */
  next: string | undefined
}

/** The API server's own format: it costs it a third of JSON, and what does not matter need not be read. */
export const protobufType = 'application/vnd.kubernetes.protobuf'

interface Range {
  readonly from: number
  readonly to: number
}

// https://protobuf.dev/programming-guides/encoding/
const wire = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const
const longestVarint = 128 ** 9

/** Tells each field of a message that has a length; numbers are passed over. @throws Malformed */
function visitFields(bytes: Uint8Array, { from, to }: Range, visit: (field: number, value: Range) => void): void {
  let at = from
  const varint = (): number => {
    let value = 0
    for (let factor = 1; factor <= longestVarint; factor *= 128) {
      const byte = at < to ? bytes[at++] : undefined
      if (byte === undefined) throw new Malformed('an end in the middle of a number')
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    throw new Malformed('a number that does not end')
  }
  const lengthOf = (form: number): number => {
    if (form === wire.delimited) return varint()
    if (form === wire.fixed64) return 8
    if (form === wire.fixed32) return 4
    throw new Malformed('a field of an unknown form')
  }
  while (at < to) {
    const tag = varint()
    const form = tag % 8
    if (form === wire.varint) {
      varint()
      continue
    }
    const length = lengthOf(form)
    if (length > to - at) throw new Malformed('a field that is longer than its message')
    if (form === wire.delimited) visit(Math.floor(tag / 8), { from: at, to: at + length })
    at += length
  }
}

/** The fields with these numbers, the last of each; nothing for one that is not there. */
function fieldsOf(bytes: Uint8Array, range: Range): Map<number, Range> {
  const fields = new Map<number, Range>()
  visitFields(bytes, range, (field, value) => fields.set(field, value))
  return fields
}

// k8s.io/apimachinery/pkg/runtime/generated.proto, k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto
const unknown = { raw: 2 } as const
const list = { metadata: 1, items: 2 } as const
const listMeta = { continue: 3 } as const
const object = { metadata: 1 } as const
const objectMeta = { name: 1, namespace: 3, resourceVersion: 6 } as const
const magic = Buffer.from('k8s\0')

/** One page of a list of any kind. @throws Malformed */
export function parseOutlines(bytes: Buffer): OutlinePage {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new Malformed('another format than it says')
  const textOf = (range: Range | undefined): string =>
    range === undefined ? '' : bytes.toString('latin1', range.from, range.to)
  const items: Outline[] = []
  let next = ''

  function addItem(range: Range): void {
    const metadata = fieldsOf(bytes, range).get(object.metadata)
    if (metadata === undefined) throw new Malformed('no metadata')
    const found = fieldsOf(bytes, metadata)
    const item = {
      namespace: textOf(found.get(objectMeta.namespace)),
      name: textOf(found.get(objectMeta.name)),
      version: textOf(found.get(objectMeta.resourceVersion)),
    }
    if (item.name === '' || item.version === '') throw new Malformed('no name')
    items.push(item)
  }

  const raw = fieldsOf(bytes, { from: magic.length, to: bytes.length }).get(unknown.raw)
  if (raw === undefined) throw new Malformed('no list')
  visitFields(bytes, raw, (field, value) => {
    if (field === list.items) addItem(value)
    if (field === list.metadata) next = textOf(fieldsOf(bytes, value).get(listMeta.continue))
  })
  return { items, next: next === '' ? undefined : next }
}
