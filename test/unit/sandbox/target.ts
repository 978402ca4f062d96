import t from 'tap'
import { isTrue, readTarget } from '../../../src/sandbox/target.ts'
import { refusalOf } from '../../support/store.ts'

const read = (method: string, url: string) => {
  const { verb, path, resource } = readTarget(method, url)
  return resource === undefined ? `${verb} ${path}` : [verb, ...Object.values(resource)].join(' ')
}

t.test('a path is read as authorisation sees it', async t => {
  // verb, group, version, namespace, resource, name, subresource
  const targets: [string, string, string][] = [
    ['GET', '/api/v1/namespaces/ns/pods', 'list  v1 ns pods  '],
    ['GET', '/api/v1/namespaces/ns/pods/', 'list  v1 ns pods  '],
    ['GET', '/api/v1/pods?watch=true', 'watch  v1  pods  '],
    ['GET', '/api/v1/pods?watch=0', 'list  v1  pods  '],
    ['GET', '/api/v1/namespaces/ns/pods/p/log?x=1', 'get  v1 ns pods p log'],
    ['GET', '/api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dp', 'list  v1 ns pods p '],
    ['POST', '/apis/batch/v1/namespaces/ns/jobs', 'create batch v1 ns jobs  '],
    ['PUT', '/apis/batch/v1/namespaces/ns/jobs/j/status', 'update batch v1 ns jobs j status'],
    ['PATCH', '/apis/batch/v1/namespaces/ns/jobs/j', 'patch batch v1 ns jobs j '],
    ['DELETE', '/apis/batch/v1/namespaces/ns/jobs/j', 'delete batch v1 ns jobs j '],
    ['DELETE', '/apis/batch/v1/namespaces/ns/jobs', 'deletecollection batch v1 ns jobs  '],
    ['GET', '/api/v1/namespaces', 'list  v1  namespaces  '],
    ['GET', '/api/v1/namespaces/ns', 'get  v1 ns namespaces ns '],
    ['PUT', '/api/v1/namespaces/ns/status', 'update  v1 ns namespaces ns status'],
    ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/r', 'get rbac.authorization.k8s.io v1  clusterroles r '],
    ['GET', '/version', 'get /version'],
    ['POST', '/api/v1', 'post /api/v1'],
    ['GET', '/apis/batch/v1', 'get /apis/batch/v1'],
  ]
  for (const [method, url, target] of targets) t.equal(read(method, url), target, `${method} ${url}`)
})

t.test('an encoded slash is a slash, and what cannot be decoded is refused', async t => {
  t.equal(read('GET', '/api/v1/namespaces%2Fns/pods'), 'list  v1 ns pods  ')
  t.equal(refusalOf(() => readTarget('GET', '/api/v1/%zz')).code, 400)
})

t.test('a method of any name is no method of JavaScript', async t => {
  t.equal(read('CONSTRUCTOR', '/api/v1/pods'), 'constructor  v1  pods  ')
  t.equal(read('constructor', '/api/v1/pods'), 'constructor  v1  pods  ')
})

t.test('a flag of the query is on unless it says otherwise', async t => {
  t.strictSame(['true', '1', '', 'yes', 'false', '0', null].map(isTrue), [true, true, true, true, false, false, false])
})
