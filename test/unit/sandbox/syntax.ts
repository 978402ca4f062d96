import t from 'tap'
import {
  labelErrors,
  labelValueErrors,
  pathErrors,
  qualifiedNameErrors,
  subdomainErrors,
} from '../../../src/sandbox/syntax.ts'

t.test('an RFC 1123 label is small letters, digits and dashes, at most 63', async t => {
  for (const good of ['a', '0', 'a-1', 'a--b', 'x'.repeat(63)]) t.strictSame(labelErrors(good), [], good)
  for (const bad of ['', 'A', '-a', 'a-', 'a_b', ' a', 'a\n', 'ä']) t.equal(labelErrors(bad).length, 1, bad)
  t.strictSame(labelErrors('a.b'), ['must not contain dots'])
  t.strictSame(labelErrors('x'.repeat(64)), ['must be no more than 63 bytes'])
})

t.test('a subdomain is labels with dots, and says so in the words of Kubernetes', async t => {
  t.strictSame(subdomainErrors('a.b-c.1'), [])
  t.strictSame(subdomainErrors('a..b'), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ])
  t.strictSame(subdomainErrors('x'.repeat(254)), ['must be no more than 253 bytes'])
})

t.test('a name that is a segment of a path has no way out of it', async t => {
  t.strictSame(pathErrors('system:node'), [])
  t.strictSame(pathErrors('..'), ["may not be '..'"])
  t.strictSame(pathErrors('a/b%'), ["may not contain '/'", "may not contain '%'"])
})

t.test('the key of a label may have one prefix', async t => {
  for (const good of ['a', 'My_Name.1', 'example.com/x', `${'x'.repeat(253)}/a`]) {
    t.strictSame(qualifiedNameErrors(good), [], good)
  }
  for (const bad of ['', 'a/b/c', '/a', 'a/', 'Example.com/a', '-a', 'a b', 'x'.repeat(64)]) {
    t.not(qualifiedNameErrors(bad).length, 0, bad)
  }
  t.strictSame(qualifiedNameErrors('/a'), ['prefix part must be non-empty'])
  t.strictSame(qualifiedNameErrors('x'.repeat(64)), ['name part must be no more than 63 bytes'])
})

t.test('the value of a label may be empty', async t => {
  for (const good of ['', 'a', 'A_b.c-1']) t.strictSame(labelValueErrors(good), [], good)
  for (const bad of ['a b', '-a', 'a/b', 'x'.repeat(64)]) t.equal(labelValueErrors(bad).length, 1, bad)
})
