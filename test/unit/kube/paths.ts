import t from 'tap'
import { fieldSelector, labelSelector, pathOf, withQuery } from '../../../src/kube/paths.ts'

t.test('a path names group, version, namespace, kind and object', async t => {
  t.equal(pathOf('jobs', 'tool-a'), '/apis/batch/v1/namespaces/tool-a/jobs')
  t.equal(pathOf('jobs', 'tool-a', 'b.c-1'), '/apis/batch/v1/namespaces/tool-a/jobs/b.c-1')
  t.equal(pathOf('pods', 'tool-a', 'p'), '/api/v1/namespaces/tool-a/pods/p')
  t.equal(pathOf('namespaces', 'tool-a', 'tool-a'), '/api/v1/namespaces/tool-a')
})

t.test('what can be no name gets into no path', async t => {
  for (const name of [
    '',
    '..',
    '.',
    'a/b',
    'a/../b',
    'a?x',
    'a#',
    'a%2f',
    'A',
    'a b',
    'a\n',
    '-a',
    'a-',
    'a'.repeat(254),
    'ä',
  ]) {
    t.throws(() => pathOf('jobs', 'tool-a', name), RangeError, JSON.stringify(name))
    t.throws(() => pathOf('jobs', name), RangeError, JSON.stringify(name))
  }
  t.ok(pathOf('jobs', 'tool-a', 'a'.repeat(253)))
})

t.test('what can be no label gets into no selector', async t => {
  t.equal(
    labelSelector({ toolforge: 'tool', 'app.kubernetes.io/name': 'A_b.c-1', x: '' }),
    'toolforge=tool,app.kubernetes.io/name=A_b.c-1,x=',
  )
  for (const value of ['a,b', 'a=b', 'a b', 'a)', '!a', 'a\n', 'a'.repeat(64), '-a', 'a.'])
    t.throws(() => labelSelector({ x: value }), RangeError, JSON.stringify(value))
  for (const key of ['', 'a b', 'a,b', '!a', 'a/b/c', 'A/b', 'a'.repeat(64)])
    t.throws(() => labelSelector({ [key]: 'x' }), RangeError, JSON.stringify(key))
})

t.test('in fields, what separates is escaped', async t => {
  t.equal(fieldSelector({ 'metadata.name': 'a', 'spec.x': 'a,b=c\\d' }), 'metadata.name=a,spec.x=a\\,b\\=c\\\\d')
})

t.test('a query is encoded, and what is undefined left out', async t => {
  t.equal(withQuery('/p', {}), '/p')
  t.equal(withQuery('/p', { a: undefined }), '/p')
  t.equal(withQuery('/p', { a: 'x=1,y&z', b: true, c: 7, d: undefined }), '/p?a=x%3D1%2Cy%26z&b=true&c=7')
})
