import { parseAllDocuments } from 'yaml'

/** Any Kubernetes object, as far as it takes to send it to where it belongs. */
export interface ManifestObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; [field: string]: unknown }
  [field: string]: unknown
}

const isManifest = (value: unknown): value is ManifestObject =>
  typeof value === 'object' && value !== null && 'kind' in value && 'apiVersion' in value && 'metadata' in value

/** Fills values into one text: `tool-${TOOL}` with TOOL. */
export const fillText = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{([A-Z]+)\}/g, (whole, name: string) => values[name] ?? whole)

type Values = Readonly<Record<string, string>>

/**
 * Fills values into texts of parsed YAML, so that what is filled in never becomes YAML itself; undefined where there is nothing to
 * fill in. Such parts are looked through once, and are the same in each result.
 */
function fillerOf(value: unknown): ((values: Values) => unknown) | undefined {
  if (typeof value === 'string') return value.includes('${') ? values => fillText(value, values) : undefined
  if (typeof value !== 'object' || value === null) return undefined
  const parts = Object.entries(value).map(([name, inner]) => ({ name, inner, filler: fillerOf(inner) }))
  if (parts.every(({ filler }) => filler === undefined)) return undefined
  const isList = Array.isArray(value)
  return values => {
    const filled = parts.map(
      ({ name, inner, filler }) => [name, filler === undefined ? inner : filler(values)] as const,
    )
    return isList ? filled.map(([, item]) => item) : Object.fromEntries(filled)
  }
}

/** The objects of a file, filled in once. @throws Error like `parseManifest` */
export const objectsOf = (yaml: string, values: Readonly<Record<string, string>> = {}): ManifestObject[] =>
  parseManifest(yaml)(values)

/** A file of objects, read once and filled in as often as one likes. */
export type Manifest = (values?: Readonly<Record<string, string>>) => ManifestObject[]

/**
 * The objects of a file of `charts/kubeusers`; called with values, `${TOOL}` and the like are filled in.
 * @throws Error when a document is not a Kubernetes object.
 */
export function parseManifest(yaml: string): Manifest {
  const documents = parseAllDocuments(yaml).map(document => {
    const [error] = document.errors
    if (error !== undefined) throw new Error(`not YAML: ${error.message}`)
    const object: unknown = document.toJS()
    if (!isManifest(object)) throw new Error('a document without apiVersion, kind and metadata')
    return { object, filler: fillerOf(object) }
  })
  return (values = {}) =>
    documents.map(document => {
      const object: unknown = document.filler?.(values) ?? document.object
      if (!isManifest(object)) throw new Error('a document without apiVersion, kind and metadata')
      return object
    })
}
