import { apiVersion, type Kind } from './kind.ts'

/**
 * As much of OpenAPI v3 as kubectl looks at before it leaves the checking of fields to the server: that the server can
 * do that. By path.
 */
export function openApiDocuments(kinds: readonly Kind[]): Map<string, string> {
  const groupVersions = [...new Set(kinds.map(apiVersion))]
  const pathOf = (groupVersion: string): string => `${groupVersion === 'v1' ? 'api' : 'apis'}/${groupVersion}`
  const index = Object.fromEntries(
    groupVersions.map(groupVersion => [
      pathOf(groupVersion),
      { serverRelativeURL: `/openapi/v3/${pathOf(groupVersion)}` },
    ]),
  )
  const documents = groupVersions.map((groupVersion): [string, string] => {
    const own = kinds.filter(kind => apiVersion(kind) === groupVersion)
    const paths = Object.fromEntries(own.map(kind => [`/${pathOf(groupVersion)}/${itemOf(kind)}`, operations(kind)]))
    const info = { title: 'Kubernetes', version: 'v1.36.0+sandbox' }
    return [`/openapi/v3/${pathOf(groupVersion)}`, JSON.stringify({ openapi: '3.0.0', info, paths })]
  })
  return new Map([['/openapi/v3', JSON.stringify({ paths: index })], ...documents])
}

const itemOf = ({ namespaced, plural }: Kind): string =>
  namespaced ? `namespaces/{namespace}/${plural}/{name}` : `${plural}/{name}`

const operations = ({ group, version, kind }: Kind) => ({
  patch: {
    parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map(name => ({
      name,
      in: 'query',
      schema: { type: 'string' },
    })),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, version, kind },
  },
})
