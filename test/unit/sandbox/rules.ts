import t from 'tap'
import type { Rule } from '../../../src/sandbox/kinds/role.ts'
import { groupsText, missingFrom, ruleText } from '../../../src/sandbox/rules.ts'

const jobs = (verbs: string[], more: Partial<Rule> = {}): Rule => ({
  apiGroups: ['batch'],
  resources: ['jobs'],
  verbs,
  ...more,
})
const missing = (owned: Rule[], wanted: Rule[]): string[] => missingFrom(owned, wanted).map(ruleText)

t.test('what is held piece by piece is held', async t => {
  t.strictSame(missing([jobs(['get']), jobs(['list'])], [jobs(['get', 'list'])]), [])
  t.strictSame(
    missing([jobs(['*'], { apiGroups: ['*'], resources: ['*'] })], [jobs(['get'], { resources: ['a/b'] })]),
    [],
  )
  t.strictSame(
    missing([jobs(['get'], { resources: ['*/status'] })], [jobs(['get'], { resources: ['jobs/status'] })]),
    [],
  )
  t.strictSame(missing([], []), [])
})

t.test('a star is more than any list, and one piece is held by one rule', async t => {
  t.strictSame(missing([jobs(['get', 'list'])], [jobs(['*'])]), [
    '{APIGroups:["batch"], Resources:["jobs"], Verbs:["*"]}',
  ])
  const split = [jobs(['get'], { apiGroups: [''] }), jobs(['get'], { resources: ['pods'] })]
  t.strictSame(missing(split, [jobs(['get'])]), ['{APIGroups:["batch"], Resources:["jobs"], Verbs:["get"]}'])
  t.equal(missing([jobs(['get'], { resources: ['*/status'] })], [jobs(['get'])]).length, 1)
  t.equal(missing([jobs(['get'])], [jobs(['get'], { resources: ['jobs/status'] })]).length, 1)
})

t.test('names narrow a right', async t => {
  const named = (...resourceNames: string[]) => jobs(['get'], { resourceNames })
  t.strictSame(missing([jobs(['get'])], [named('a')]), [])
  t.strictSame(missing([named('a')], [named('a')]), [])
  t.strictSame(missing([named('a')], [named('a', 'b')]), [
    '{APIGroups:["batch"], Resources:["jobs"], ResourceNames:["b"], Verbs:["get"]}',
  ])
  for (const name of ['a', '']) t.equal(missing([named(name)], [jobs(['get'])]).length, 1)
})

t.test('paths are given one by one, or with all below them', async t => {
  const paths = (...nonResourceURLs: string[]): Rule => ({ nonResourceURLs, verbs: ['get'] })
  t.strictSame(missing([paths('/a', '/b/*')], [paths('/a', '/b/c', '/b/*')]), [])
  t.strictSame(missing([paths('/*')], [paths('/x/*')]), [])
  t.strictSame(missing([paths('/a')], [{ ...paths('/a', '/b'), verbs: ['get', 'put'] }]), [
    '{NonResourceURLs:["/a"], Verbs:["put"]}',
    '{NonResourceURLs:["/b"], Verbs:["get"]}',
    '{NonResourceURLs:["/b"], Verbs:["put"]}',
  ])
  t.equal(missing([jobs(['*'], { apiGroups: ['*'], resources: ['*'] })], [paths('/a')]).length, 1)
})

t.test('verbs on one resource are told together', async t => {
  t.strictSame(missing([jobs(['get'])], [jobs(['get', 'list', 'watch'], { resources: ['jobs', 'cronjobs'] })]), [
    '{APIGroups:["batch"], Resources:["jobs"], Verbs:["list" "watch"]}',
    '{APIGroups:["batch"], Resources:["cronjobs"], Verbs:["get" "list" "watch"]}',
  ])
  t.equal(groupsText(['a', 'b']), '["a" "b"]')
})
