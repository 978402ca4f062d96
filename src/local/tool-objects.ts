import { parseAllDocuments } from 'yaml'

/** Any Kubernetes object, as far as it takes to send it to where it belongs. */
export interface ManifestObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
}

const isManifest = (value: unknown): value is ManifestObject =>
  typeof value === 'object' && value !== null && 'kind' in value && 'apiVersion' in value && 'metadata' in value

/** Fills values into texts of parsed YAML, so that what is filled in never becomes YAML itself. */
function fill(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return value.replace(/\$\{([A-Z]+)\}/g, (whole, name: string) => values[name] ?? whole)
  if (Array.isArray(value)) return value.map(item => fill(item, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner, values)]))
}

/**
 * The objects of a file of `charts/kubeusers`, with `${TOOL}` and `${UID}` filled in.
 * @throws Error when a document is not a Kubernetes object.
 */
export function objectsOf(yaml: string, values: Readonly<Record<string, string>> = {}): ManifestObject[] {
  return parseAllDocuments(yaml).map(document => {
    const object = fill(document.toJS(), values)
    if (!isManifest(object)) throw new Error('a document without apiVersion, kind and metadata')
    return object
  })
}
