import fc from 'fast-check'
import t from 'tap'
import { formatReference, kindOfReference, parseReference, type Reference } from '../../../src/jobs/image-reference.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

const segment = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/)
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))
const host = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9]{0,9}\.[a-z]{2,6}(:[0-9]{2,5})?$/),
  fc.constantFrom('localhost', 'localhost:5000', '127.0.0.1:5000', '[::1]:5000', 'Registry.Example'),
)
const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20}$/)
const hex = fc.stringMatching(/^[a-f0-9]{64}$/).map(text => `sha256:${text}`)
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

/** A path whose first part would be taken for a host needs one before it. */
const reference = fc
  .record({ host: optional(host), path, tag: optional(tag), digest: optional(hex) })
  .map(({ host, path, tag, digest }): Reference => {
    const needsHost = path.includes('/') && /^[^/]*\.|^localhost\//.test(path)
    const where = host ?? (needsHost ? 'registry.example' : undefined)
    return {
      path,
      ...(where === undefined ? {} : { host: where }),
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    }
  })

t.test('an address is read in its parts', async t => {
  const cases: [string, Reference][] = [
    ['python3.11', { path: 'python3.11' }],
    ['toolforge-node16-sssd-base:latest', { path: 'toolforge-node16-sssd-base', tag: 'latest' }],
    ['tool-x/tool-x:latest', { path: 'tool-x/tool-x', tag: 'latest' }],
    [`tool-x/y@${digest}`, { path: 'tool-x/y', digest }],
    [`r.example/tool-x/y:v1.2@${digest}`, { host: 'r.example', path: 'tool-x/y', tag: 'v1.2', digest }],
    ['127.0.0.1:5000/a/b/c', { host: '127.0.0.1:5000', path: 'a/b/c' }],
    ['localhost/a', { host: 'localhost', path: 'a' }],
    ['localhost', { path: 'localhost' }],
    ['[::1]:5000/a:b', { host: '[::1]:5000', path: 'a', tag: 'b' }],
  ]
  for (const [text, parts] of cases) t.strictSame(parseReference(text), parts, text)
})

t.test('what no node could pull is no address', async t => {
  const wrong = [
    '',
    ' ',
    '/',
    'a/',
    '/a',
    'a//b',
    'A',
    'a b',
    'a\n',
    'a\0b',
    '..',
    'tool-x/..',
    'tool-x/../tool-y/y',
    'tool-x/%2e%2e/y',
    'a:',
    'a:-b',
    `a:${'b'.repeat(129)}`,
    'a@',
    'a@sha256:',
    `a@${digest}0`,
    `a@${digest.toUpperCase()}`,
    `a@${digest}@${digest}`,
    'a@md5:00',
    'https://r.example/a',
    'user@r.example/a',
    'r.example:/a',
    'r.example:500000/a',
    '-r.example/a',
    'r..example/a',
    'r.example/',
    'a?b=c',
    'a#b',
    'a.-b',
    'a___b',
    `r.example/${'a'.repeat(250)}`,
    'a'.repeat(100_000),
  ]
  for (const text of wrong) t.equal(parseReference(text), undefined, JSON.stringify(text.slice(0, 50)))
})

t.test('parts written and read are the same parts', async () => {
  fc.assert(
    fc.property(reference, parts => {
      const text = formatReference(parts)
      return JSON.stringify(sorted(parseReference(text))) === JSON.stringify(sorted(parts))
    }),
    { numRuns: 500 },
  )
})

const sorted = (parts: Reference | undefined) => Object.entries(parts ?? {}).sort()

t.test('whatever is read at all is written back letter by letter, and nothing throws', async () => {
  const noise = fc.string({ unit: fc.constantFrom(...'abA01./:@-_[]% \n\0é'), maxLength: 40 })
  const text = fc.oneof(noise, fc.string(), reference.map(formatReference))
  fc.assert(
    fc.property(text, text => {
      kindOfReference(text)
      const parts = parseReference(text)
      return parts === undefined || formatReference(parts) === text
    }),
    { numRuns: 2000 },
  )
})

t.test('images below a folder of a tool are of the build service, all others standard', async t => {
  const built = ['tool-x/tool-x:latest', `r.example/tool-x/y:v1@${digest}`, '127.0.0.1:5000/tool-x/y', 'tool-x/Y Z']
  const standard = [
    'python3.11',
    'toolforge-python311-sssd-base',
    'r.example/tool-x',
    'tool-x',
    'tool-/x',
    'unknown',
    '',
  ]
  for (const text of built) t.equal(kindOfReference(text), 'built', text)
  for (const text of standard) t.equal(kindOfReference(text), 'standard', text)
  t.equal(kindOfReference('tool-host.example/a'), 'standard', "a host's name is no folder")
  t.equal(kindOfReference('x-a/y', 'x-'), 'built')
})
