import t from 'tap'
import { hostName, routeFor } from '../../../../src/sandbox/ingress/route.ts'
import type { Ingress } from '../../../../src/sandbox/kinds/types.ts'

let made = 0

const to = (name: string) => ({ service: { name, port: { number: 80 } } })

function ingress(namespace: string, spec: Ingress['spec'], second = ++made): Ingress {
  const creationTimestamp = `2026-11-22T10:00:${String(second).padStart(2, '0')}Z`
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i', namespace, uid: '', resourceVersion: '', creationTimestamp },
    spec,
    status: {},
  }
}

const rule = (host: string | undefined, ...paths: [path: string, type: string, name: string][]) => ({
  ...(host === undefined ? {} : { host }),
  http: { paths: paths.map(([path, pathType, name]) => ({ path, pathType, backend: to(name) })) },
})

const find = (all: Ingress[], host: string, path = '/'): string | undefined => {
  const route = routeFor(all, { host, path })
  return route && `${route.namespace}/${route.backend.service?.name}`
}

t.test('a host is found by its name, then by a wildcard, then by a rule for all', async t => {
  const all = [
    ingress('any', { rules: [rule(undefined, ['/', 'Prefix', 's'])] }),
    ingress('wild', { rules: [rule('*.local', ['/', 'Prefix', 's'])] }),
    ingress('a', { rules: [rule('a.local', ['/', 'Prefix', 's'])] }),
  ]
  t.equal(find(all, 'a.local'), 'a/s')
  t.equal(find(all, 'b.local'), 'wild/s')
  t.equal(find(all, 'b.c.local'), 'any/s', 'a wildcard is one label')
  t.equal(find(all, 'local'), 'any/s')
  t.equal(find(all.slice(1), 'elsewhere.test'), undefined)
})

t.test('a path is found exactly, then by its longest beginning, element by element', async t => {
  const paths: [string, string, string][] = [
    ['/', 'Prefix', 'root'],
    ['/a', 'Prefix', 'a'],
    ['/a/b/', 'Prefix', 'ab'],
    ['/a', 'Exact', 'exact'],
    ['/x', 'ImplementationSpecific', 'x'],
  ]
  const all = [ingress('n', { rules: [rule('h', ...paths)] })]
  const at = (path: string) => find(all, 'h', path)?.slice(2)
  t.equal(at('/'), 'root')
  t.equal(at('/a'), 'exact')
  t.equal(at('/a/'), 'a')
  t.equal(at('/ab'), 'root')
  t.equal(at('/a/b'), 'ab')
  t.equal(at('/a/b/c'), 'ab')
  t.equal(at('/x/y'), 'x')
})

t.test('of two that want the same the older one has it; a default is for what nobody wants', async t => {
  const late = ingress('late', { rules: [rule('h', ['/', 'Prefix', 's'])] }, 50)
  const early = ingress('early', { rules: [rule('h', ['/', 'Prefix', 's'])] }, 40)
  t.equal(find([late, early], 'h'), 'early/s')
  const fallback = ingress('default', { defaultBackend: to('d') }, 1)
  t.equal(find([fallback, late], 'h'), 'late/s')
  t.equal(find([fallback, late], 'other'), 'default/d')
})

t.test('a host is what stands before the port', async t => {
  t.equal(hostName('A.Local:8080'), 'a.local')
  t.equal(hostName('a.local'), 'a.local')
  t.equal(hostName(undefined), '')
})
