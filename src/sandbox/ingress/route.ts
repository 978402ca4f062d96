import type { IngressBackend, IngressPath } from '../kinds/ingress.ts'
import type { Ingress } from '../kinds/types.ts'

/** Where a request goes to. */
export interface Route {
  namespace: string
  backend: IngressBackend
}

interface Rule extends Route {
  /** Empty for any. */
  host: string
  path: string
  type: string
}

/** The older one wins, then the one whose name comes first. */
function compareAge({ metadata: a }: Ingress, { metadata: b }: Ingress): number {
  const [left, right] = [a, b].map(meta => `${meta.creationTimestamp} ${meta.namespace}/${meta.name}`)
  return (left ?? '') < (right ?? '') ? -1 : 1
}

function rulesOf({ metadata, spec }: Ingress): Rule[] {
  const { namespace = '' } = metadata
  const rule = (host: string, { path = '/', pathType, backend }: IngressPath): Rule => ({
    namespace,
    backend,
    host,
    path: path === '' ? '/' : path,
    type: pathType,
  })
  const rules = (spec.rules ?? []).flatMap(({ host = '', http }) => (http?.paths ?? []).map(path => rule(host, path)))
  const { defaultBackend: backend } = spec
  return backend === undefined ? rules : [...rules, { namespace, backend, host: '', path: '/', type: 'Default' }]
}

/** How well a rule's host fits: 2 by name, 1 by wildcard, 0 for any, less for not at all. */
function hostFit(pattern: string, host: string): number {
  if (pattern === '') return 0
  if (pattern === host) return 2
  const dot = host.indexOf('.')
  return pattern.startsWith('*.') && dot > 0 && host.slice(dot) === pattern.slice(1) ? 1 : -1
}

/** `/a` and `/a/` are the beginning of `/a`, `/a/` and `/a/b`, but not of `/ab`. */
function pathFits({ path, type }: Rule, asked: string): boolean {
  if (type === 'Exact') return asked === path
  const prefix = path.replace(/\/$/, '')
  return asked === prefix || asked.startsWith(`${prefix}/`)
}

/** In the order in which rules are preferred: host, an exact path, the longest one; what is only a default comes last. */
const rank = (rule: Rule, host: string): number[] => [
  rule.type === 'Default' ? 0 : 1,
  hostFit(rule.host, host),
  rule.type === 'Exact' ? 1 : 0,
  rule.path.replace(/\/$/, '').length,
]

function better(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i])
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0)
}

/** `Host` without its port, in lower case. */
export const hostName = (header: string | undefined): string => (header ?? '').replace(/:\d+$/, '').toLowerCase()

/** The backend for a host and a path (without its query); undefined when no Ingress has one. */
export function routeFor(
  ingresses: readonly Ingress[],
  { host, path }: { host: string; path: string },
): Route | undefined {
  let best: { rule: Rule; rank: number[] } | undefined
  for (const rule of ingresses.toSorted(compareAge).flatMap(rulesOf)) {
    if (hostFit(rule.host, host) < 0 || !pathFits(rule, path)) continue
    const found = { rule, rank: rank(rule, host) }
    if (best === undefined || better(found.rank, best.rank)) best = found
  }
  return best && { namespace: best.rule.namespace, backend: best.rule.backend }
}
