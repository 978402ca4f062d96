import { hasGroup, hasGroupVersion } from './elsewhere.ts'
import { apiVersion, type Kind, type Subresource } from './kind.ts'
import { tokenRequests } from './kinds/token-request.ts'
import { openApiDocuments } from './openapi.ts'
import { json, type Reply } from './reply.ts'
import { scales } from './scale.ts'
import { notImplemented } from './status.ts'

export const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const

const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+sandbox',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'sandbox',
}

const plain = (body: string): Reply => ({ code: 200, type: 'text/plain; charset=utf-8', body })

/** Answers paths that are no resource: health, version and discovery; undefined for a path that nothing answers. */
export function createDiscovery(kinds: readonly Kind[]): (path: string) => Reply | undefined {
  const groupVersions = [...new Set(kinds.map(apiVersion))]
  const replies = new Map<string, Reply>([
    ['/healthz', plain('ok')],
    ['/livez', plain('ok')],
    ['/readyz', plain('ok')],
    ['/version', json(200, JSON.stringify(version))],
    ['/api', json(200, JSON.stringify({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }))],
    ['/apis', json(200, JSON.stringify(groupList(groupVersions)))],
  ])
  for (const [path, body] of openApiDocuments(kinds)) replies.set(path, json(200, body))
  for (const groupVersion of groupVersions) {
    const root = groupVersion === 'v1' ? '/api' : '/apis'
    const resources = kinds.filter(kind => apiVersion(kind) === groupVersion).flatMap(resourcesOf)
    const body = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }
    replies.set(`${root}/${groupVersion}`, json(200, JSON.stringify(body)))
    if (groupVersion === 'v1') continue
    const group = { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(groupVersion) }
    replies.set(`/apis/${group.name}`, json(200, JSON.stringify(group)))
  }
  return path => {
    const found = replies.get(path.length > 1 ? path.replace(/\/$/, '') : path)
    if (found === undefined) refuseElsewhere(path)
    return found
  }
}

/** @throws StatusError 501 for a part of discovery that Kubernetes would have. */
function refuseElsewhere(path: string): void {
  const [, root, group = '', version = ''] = path.split('/')
  if (root === 'openapi') return
  if (root === 'apis' && (version === '' ? hasGroup(group) : hasGroupVersion(group, version))) {
    throw notImplemented(`the API group ${group}`)
  }
  if (root === 'metrics' || root === 'logs' || root === 'debug') throw notImplemented(`the path /${root}`)
}

function groupOf(groupVersion: string) {
  const [name = '', version = ''] = groupVersion.split('/')
  const entry = { groupVersion, version }
  return { name, versions: [entry], preferredVersion: entry }
}

const groupList = (groupVersions: readonly string[]) => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupVersions.filter(groupVersion => groupVersion !== 'v1').map(groupOf),
})

/** What a subresource speaks of where that is not its object. */
function foreignKind(part: Subresource): { group?: string; version?: string; kind?: string } {
  const found = part === 'scale' ? scales : part === 'token' ? tokenRequests : undefined
  return found === undefined ? {} : { group: found.group, version: found.version, kind: found.kind }
}

/** What can be done with a part of an object. */
export function subresourceVerbs(part: string): readonly string[] {
  if (part === 'log') return ['get']
  return part === 'token' ? ['create'] : ['get', 'patch', 'update']
}

function resourcesOf(kind: Kind) {
  const main = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.verbs ?? allVerbs,
    ...(kind.shortNames === undefined ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories === undefined ? {} : { categories: kind.categories }),
  }
  const parts = (kind.subresources ?? []).map(part => ({
    name: `${kind.plural}/${part}`,
    singularName: '',
    namespaced: kind.namespaced,
    ...foreignKind(part),
    kind: foreignKind(part).kind ?? kind.kind,
    verbs: subresourceVerbs(part),
  }))
  return [main, ...parts]
}
