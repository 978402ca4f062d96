import type { Kind, KubeObject, Read } from './kind.ts'
import { badRequest, type StatusError } from './status.ts'

export interface FieldSelector {
  matches(object: KubeObject): boolean
  /** The name when only the object of that name can match: authorisation looks at it. */
  name?: string
}

const common: Readonly<Record<string, Read<KubeObject>>> = {
  'metadata.name': object => object.metadata.name,
  'metadata.namespace': object => object.metadata.namespace ?? '',
}

interface Term {
  field: string
  negated: boolean
  value: string
}

/** @throws StatusError 400 for a text that is no field selector. */
function parseTerms(text: string): Term[] {
  return text
    .split(/(?<!\\),/)
    .filter(term => term !== '')
    .map(term => {
      const found = /^([^=!]+)(==|=|!=)(.*)$/s.exec(term)
      if (found === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
      const [, field = '', operator, value = ''] = found
      return { field, negated: operator === '!=', value: value.replace(/\\([,=\\])/g, '$1') }
    })
}

/** The name that a field selector asks for, if any; texts that are no selector are not its business. */
export function selectedName(text: string): string | undefined {
  return text
    .split(',')
    .map(term => /^metadata\.name={1,2}(.+)$/.exec(term)?.[1])
    .find(name => name !== undefined)
}

/** Reads `field=value`, `field!=value`, joined by commas. @throws StatusError 400, also for fields that cannot be selected by. */
export function parseFieldSelector(kind: Kind, text: string): FieldSelector {
  const terms = parseTerms(text).map(({ field, negated, value }) => {
    const read = own(common, field) ?? own(kind.fields ?? {}, field)
    if (read === undefined) throw unknownField(kind, field)
    return { read, negated, value }
  })
  return { matches: object => terms.every(({ read, negated, value }) => (read(object) === value) !== negated) }
}

const own = (fields: Readonly<Record<string, Read<KubeObject>>>, field: string): Read<KubeObject> | undefined =>
  Object.hasOwn(fields, field) ? fields[field] : undefined

/** Each API group says it in its own words. */
function unknownField(kind: Kind, field: string): StatusError {
  if (kind.group === 'batch') return badRequest(`field label "${field}" not supported for ${kind.kind}`)
  if (kind.fields !== undefined) return badRequest(`field label not supported: ${field}`)
  return badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`)
}
