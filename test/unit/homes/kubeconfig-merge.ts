import fc from 'fast-check'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { credentialSources } from '../../../src/homes/kubeconfig.ts'
import type { Entries } from '../../../src/homes/kubeconfig-entries.ts'
import { mergeKubeconfig } from '../../../src/homes/kubeconfig-merge.ts'

const entries: Entries = {
  cluster: { name: 'toolforge', server: 'https://k8s.example:6443', ca: '-----BEGIN CERTIFICATE-----\n' },
  context: { name: 'toolforge', namespace: 'tool-a' },
  user: { name: 'tf-a', certificatePath: '../.toolskube/client.crt', keyPath: '../.toolskube/client.key' },
  currentContext: 'if_new',
}
const always: Entries = { ...entries, currentContext: 'always' }

const wanted: Record<string, unknown> = {
  clusters: {
    name: 'toolforge',
    cluster: {
      server: 'https://k8s.example:6443',
      'certificate-authority-data': Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64'),
    },
  },
  contexts: { name: 'toolforge', context: { cluster: 'toolforge', namespace: 'tool-a', user: 'tf-a' } },
  users: {
    name: 'tf-a',
    user: { 'client-certificate': '../.toolskube/client.crt', 'client-key': '../.toolskube/client.key' },
  },
}
const ours: Record<string, string> = { clusters: 'toolforge', contexts: 'toolforge', users: 'tf-a' }
const lists = Object.keys(ours)

const listOf = (value: unknown): { name?: unknown }[] => (Array.isArray(value) ? value : [])
const isOurs = (list: string, item: { name?: unknown } | null) => item?.name === ours[list]

/** What a kubeconfig means beyond our entries. */
function foreign(text: string) {
  const fields: Record<string, unknown> = parse(text, { logLevel: 'silent' }) ?? {}
  const others = Object.entries(fields).filter(([key]) => !(key in ours) && key !== 'current-context')
  return { others, ...Object.fromEntries(lists.map(l => [l, listOf(fields[l]).filter(item => !isOurs(l, item))])) }
}

function changed(t: Pick<Test, 'equal' | 'fail'>, text: string | undefined, with_: Entries = entries): string {
  const merge = mergeKubeconfig(text, with_)
  if (merge.state === 'changed') return merge.text
  t.equal(merge.state, 'changed', 'reason' in merge ? merge.reason : '')
  return ''
}

/** Our entries are in it once, and as they should be. */
function isComplete(text: string): boolean {
  const fields = parse(text, { logLevel: 'silent' })
  return lists.every(l => {
    const own = listOf(fields[l]).filter(item => isOurs(l, item))
    return own.length === 1 && JSON.stringify(sorted(own[0])) === JSON.stringify(sorted(wanted[l]))
  })
}

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([a], [b]) => a.localeCompare(b))
          .map(([key, inner]) => [key, sorted(inner)]),
      )
    : value

t.test('where there is no file, a new one holds our entries and makes our context the current one', async t => {
  const text = changed(t, undefined)
  t.ok(isComplete(text))
  t.match(parse(text), { apiVersion: 'v1', kind: 'Config', 'current-context': 'toolforge' })
  t.same(mergeKubeconfig(text, entries), { state: 'same' })
  t.same(credentialSources(text, 'tf-a'), {
    certificate: { path: '../.toolskube/client.crt' },
    key: { path: '../.toolskube/client.key' },
  })
})

t.test('names that YAML would take for something else are written as texts', async t => {
  for (const name of ['true', '1e5', '~', 'null', 'a: b', 'x #y', '- z', 'No', '.5', '0x1', 'end:', '"', "'", 'ü']) {
    const odd: Entries = { ...entries, context: { name, namespace: name }, currentContext: 'always' }
    for (const before of [undefined, '{}', 'contexts:\n- name: b\n']) {
      const { contexts, 'current-context': current } = parse(changed(t, before, odd))
      t.equal(current, name)
      t.same(contexts.at(-1), { name, context: { cluster: 'toolforge', namespace: name, user: 'tf-a' } })
    }
  }
})

t.test('D2: a renewal leaves the entries of other clusters alone, those with client certificates too', async t => {
  const before = `apiVersion: v1
kind: Config
# my clusters
clusters:
- cluster: {server: 'https://other.example'}   # the other one
  name: other
contexts:
- context: {cluster: other, user: me}
  name: other
current-context: other
preferences: {colors: true}
users:
- name: me
  user:
    client-certificate: /home/me/me.crt
    client-key: /home/me/me.key
- name: tf-a
  user:
    client-certificate: old.crt
    client-key: old.key
- name: token
  user: {token: abc}
`
  const after = changed(t, before)
  t.same(foreign(after), foreign(before))
  t.ok(isComplete(after))
  t.equal(parse(after)['current-context'], 'other')
  t.equal(
    after.replaceAll(/^- name: toolforge\n( {2}.*\n)+/gm, '').replaceAll(/- name: tf-a\n( {2}.*\n)+/g, ''),
    before.replaceAll(/- name: tf-a\n( {2}.*\n)+/g, ''),
    'every other byte stays',
  )
  t.same(mergeKubeconfig(after, entries), { state: 'same' })
})

t.test('the current context is changed where there is none, or where that is wanted each time', async t => {
  const none = ['a: 1\n', 'current-context:\n', 'current-context: ""\n', 'current-context: null # none\n', '{"a": 1}']
  for (const before of none) t.equal(parse(changed(t, before))['current-context'], 'toolforge', before)
  const other = [
    'current-context: other # mine\nb: 2\n',
    'current-context: |\n  other\nb: 2\n',
    '{current-context: other}',
  ]
  for (const before of other) {
    t.not(parse(changed(t, before))['current-context'], 'toolforge', before)
    t.equal(parse(changed(t, before, always))['current-context'], 'toolforge', before)
    t.same(foreign(changed(t, before, always)).others, foreign(before).others)
  }
  t.match(changed(t, other[0], always), /current-context: "toolforge" # mine\n/)
})

t.test('what others point to in our entry goes on meaning the same', async t => {
  const before = `users:
- &own # ours
  name: tf-a
  user: &u {client-certificate: c, deep: &d [1, "x"]}
- name: b
  user: *u
- {name: c, user: *u, d: *d}
x: *own
y: [*d, *u]
`
  const after = changed(t, before)
  t.same(foreign(after), foreign(before))
  t.ok(isComplete(after))
  t.match(
    after,
    /- name: b\n {2}user: &u \{"client-certificate":"c","deep":\[1,"x"\]\}\n- \{name: c, user: \*u, d: &d \[/,
  )
})

t.test('our entry or a list that is an alias is written out, and the place that it pointed to stays', async t => {
  const own = 'x: &x {name: tf-a, user: {token: t}}\nusers:\n- *x\n- {name: b, user: *x}\n'
  t.same(foreign(changed(t, own)), foreign(own))
  t.ok(changed(t, own).startsWith('x: &x {name: tf-a, user: {token: t}}\nusers:\n- name: tf-a\n'))
  const list = 'x: &x [{name: b}, {name: tf-a, user: {}}]\nusers: *x # all\ny: *x\n'
  t.same(foreign(changed(t, list)), foreign(list))
  t.match(changed(t, list), /^x: &x \[\{name: b\}, \{name: tf-a, user: \{\}\}\]\nusers: \[.*\] # all\ny: \*x\n/)
})

t.test('our entry twice becomes one', async t => {
  for (const before of [
    'users:\n- name: tf-a\n- name: b\n- name: tf-a # again\n  user: {}\n# end\n',
    'users: [{name: tf-a}, {name: b}, {name: tf-a}, name: tf-a]\n',
    'users:\n- name: tf-a\n- name: tf-a',
  ]) {
    const after = changed(t, before)
    t.ok(isComplete(after), after)
    t.same(foreign(after), foreign(before))
  }
})

t.test('what points to our entry from within it goes with it; what points elsewhere stays as it is', async t => {
  const before = `other: &z {a: 1}
users:
- name: tf-a
  user: &u {client-certificate: c}
  same: *u
  far: *z
- name: b
  user: *u
  again: *u
  z: *z
`
  const after = changed(t, before)
  t.ok(isComplete(after))
  t.same(foreign(after), foreign(before))
  t.ok(after.includes('- name: b\n  user: &u {"client-certificate":"c"}\n  again: *u\n  z: *z\n'), after)
})

t.test('a list that stands in our entry of another list is written out where it is pointed to', async t => {
  const before = 'contexts:\n- name: toolforge\n  context: &x [{name: tf-a}, {name: b}]\nusers: *x\n'
  const after = changed(t, before)
  t.ok(isComplete(after), after)
  t.same(foreign(after), foreign(before))
})

t.test('our entry stays as it is written while it means what it should, here or where an alias points to', async t => {
  const json = (list: string) => JSON.stringify(wanted[list])
  const others = `clusters: [${json('clusters')}]\ncontexts: [${json('contexts')}]\ncurrent-context: toolforge\n`
  const right = [
    `${others}users:\n-   user: {'client-key': ../.toolskube/client.key, client-certificate: "../.toolskube/client.crt"}\n    name: tf-a # ours\n`,
    `${others}users: [{name: b}, ${json('users')}]\n`,
    `${others}x: &x [{name: b}, ${json('users')}]\nusers: *x\n`,
    `${others}x: &x ${json('users')}\nusers: [*x]\n`,
  ]
  for (const text of right) t.same(mergeKubeconfig(text, entries), { state: 'same' }, text)
  const twice = `${others}x: &x [${json('users')}, {name: b}, ${json('users')}]\nusers: *x\n`
  const once = changed(t, twice)
  t.ok(isComplete(once), once)
  t.same(foreign(once), foreign(twice))
})

t.test('a kubeconfig may be as large as its limit, before and after', async t => {
  const limit = 256 * 1024
  const padded = (length: number) => `# ${'x'.repeat(length)}\na: 1\n`
  const added = changed(t, padded(0)).length - padded(0).length
  const fits = changed(t, padded(limit - added - padded(0).length))
  t.equal(fits.length, limit)
  t.same(mergeKubeconfig(fits, entries), { state: 'same' })
  const larger = { state: 'broken', reason: 'is too large' }
  t.match(mergeKubeconfig(padded(limit - added - padded(0).length + 1), entries), larger)
  t.match(mergeKubeconfig(`${fits}\n`, entries), larger)
  const own = `users:\n- name: tf-a\n  user: {token: ${'x'.repeat(limit)}}\n`
  t.match(mergeKubeconfig(own, entries), larger, 'also where a change would make it smaller')
})

t.test('a kubeconfig that is indented as a whole stays so', async t => {
  const before = '  # mine\n  a: 1\n  users:\n    - name: b\n'
  const after = changed(t, before)
  t.ok(isComplete(after), after)
  t.same(foreign(after), foreign(before))
  t.ok(after.startsWith(before), after)
})

t.test('behind comments stands just what a new file has', async t => {
  const fresh = changed(t, undefined)
  for (const [before, between] of [
    ['', ''],
    ['# mine\n', ''],
    ['# mine', '\n'],
    ['\n# mine', '\n'],
  ] as const)
    t.equal(changed(t, before), `${before}${between}${fresh}`, JSON.stringify(before))
})

t.test('an empty file, or one of comments, gets all', async t => {
  for (const before of ['', '\n\n', '# mine', '# mine\r\n', '---\n', '---\n# x\n', '\uFEFF# x\n']) {
    const after = changed(t, before)
    t.ok(after.startsWith(before), JSON.stringify(before))
    t.ok(isComplete(after))
    t.equal(parse(after).kind, 'Config')
  }
})

t.test('what is no kubeconfig is broken, and the new text is a fresh one', async t => {
  const deep = '['.repeat(20_000)
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let i = 0; i < 9; i++) bomb.push(`${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${`*${'abcdefghi'[i]},`.repeat(9)}]`)
  for (const [text, reason] of [
    ['just a text', /no mapping/],
    ['[]', /no mapping/],
    ['7', /no mapping/],
    ['null', /no mapping/],
    ['users: x', /users that are no list/],
    ['users: {}', /users that are no list/],
    ['clusters: 7', /clusters that are no list/],
    ['x: &x {}\nusers: *x', /a list that is none/],
    ['a: 1\n---\nb: 2\n', /several documents/],
    ['---\n---\n', /several documents/],
    ['a: 1\n...\n---\nb: 2\n', /several documents/],
    ['a: [', /not YAML/],
    ['a: *nowhere', /cannot be taken apart/],
    ['a: 1\na: 2', /not YAML/],
    ['\tusers: []', /not YAML/],
    ['apiVersion: v2', /another kind/],
    ['kind: Pod', /another kind/],
    [`x: "${'y'.repeat(300 * 1024)}"`, /too large/],
    [`x: "${'y'.repeat(256 * 1024 - 20)}"`, /too large/],
    [deep, /./],
    [`x: ${deep}`, /./],
    [bomb.join('\n'), /cannot be taken apart/],
  ] as const) {
    const merge = mergeKubeconfig(text, entries)
    t.match(merge, { state: 'broken', reason }, text.slice(0, 40))
    if (merge.state === 'broken') t.equal(merge.text, changed(t, undefined))
  }
})

t.test('a kubeconfig of several hundred clusters is merged in a moment', async t => {
  const before = `users:\n${Array.from({ length: 2000 }, (_, i) => `- name: u${i}\n  user: {token: "${'x'.repeat(60)}"}\n`).join('')}`
  t.same(foreign(changed(t, before)), foreign(before))
})

/** A part of a text: that must still be there afterwards, in its place between the others, or that may change. */
type Part = { kept: string } | { free: string }
const kept = (text: string): Part => ({ kept: text })
const free = (text: string): Part => ({ free: text })
const textOf = (parts: readonly Part[]): string => parts.map(p => ('kept' in p ? p.kept : p.free)).join('')

const style = fc.record({
  eol: fc.constantFrom('\n', '\r\n'),
  indent: fc.constantFrom('', '  ', '      '),
  gap: fc.constantFrom('', '\n', '# a comment\n', '   # indented\n\n'),
})
type Style = typeof style extends fc.Arbitrary<infer S> ? S : never

const long = 'k'.repeat(4096)
const fieldNames: Record<string, string> = { clusters: 'cluster', contexts: 'context', users: 'user' }

/** Entries of other clusters, in block style; `n` makes names and anchors unlike. */
const blockForeign = [
  (n: string, field: string) => `- name: other${n}\n  ${field}:\n    server: https://x # why\n    "quoted" : 'it''s'\n`,
  (n: string, field: string) => `- {name: other${n}, ${field}: {token: "a\\tb", list: [1, 2, ]}} # flow\n`,
  (n: string, field: string) =>
    `-   &e${n} # anchored\n    ${field}:   ${long}\n    name:\tother${n}\n    same: &f${n} !!str 7\n    again: *f${n}\n`,
  (n: string, field: string) => `- ? name\n  : other${n}\n  ${field}: |+\n    block\n\n    text\n\n`,
  (n: string) => `- name: "other${n}"\n  unknown: >-\n      folded\n      more\n\n  # inner\n\n`,
  () => '- name: twice\n- name: twice\n',
  () => '- 7\n- null\n- [a, b]\n',
  (n: string, field: string) => `-\n  name: other${n}\n  ${field}: {}\n`,
]
const ownBlock: ((name: string, field: string) => string)[] = [
  (name, field) => `- name: ${name}\n  ${field}:\n    client-certificate: old # old\n`,
  (name, field) => `- {name: ${name}, ${field}: {x: [1, 2]}}\n`,
  (name, field) => `- ${field}: {a: 1,\n      b: 2}\n  # in it\n  name: '${name}'\n`,
  (name, field) => `-   name: ${name}\n    ${field}: |\n      text\n`,
  name => `- name: ${name}`.concat('\n'),
]
const flowForeign = [
  (n: string, field: string) => `{"name": "other${n}", "${field}": {"server":"https://x"}}`,
  (n: string, field: string) => `{"${field}":{"k":"${long}","\\u0041":null},\n\t"name":"other${n}"}`,
  () => '{"name":"twice"}',
  () => '[1, "{", "]"]',
]
const ownFlow: ((name: string, field: string) => string)[] = [
  (name, field) => `{"name":"${name}","${field}":{"client-certificate":"old"}}`,
  (name, field) => `{\n "${field}" : { },\n "name" : "${name}"\n}`,
]

interface ListShape {
  shape: 'absent' | 'null' | 'empty' | 'full'
  foreign: number[]
  own: number[]
}
const listShape = (foreignKinds: number, ownKinds: number): fc.Arbitrary<ListShape> =>
  fc.record({
    shape: fc.constantFrom('absent', 'null', 'empty', 'full', 'full', 'full', 'full'),
    foreign: fc.array(fc.nat(foreignKinds - 1), { maxLength: 4 }),
    own: fc.array(fc.nat(ownKinds - 1), { maxLength: 2 }),
  })
const listShapes = (foreignKinds: number, ownKinds: number) =>
  fc.record({
    clusters: listShape(foreignKinds, ownKinds),
    contexts: listShape(foreignKinds, ownKinds),
    users: listShape(foreignKinds, ownKinds),
  })

/** Foreign and own items, ours among the others. */
function mixed<T>(foreignItems: readonly T[], ownItems: readonly T[]): { item: T; own: boolean }[] {
  const all = foreignItems.map(item => ({ item, own: false }))
  ownItems.forEach((item, i) => {
    all.splice(i * 2, 0, { item, own: true })
  })
  return all
}

function blockList(list: string, { shape, foreign, own }: ListShape, { indent, gap }: Style): Part[] {
  const field = fieldNames[list] ?? ''
  if (shape === 'absent') return []
  if (shape === 'null' || shape === 'empty' || foreign.length + own.length === 0)
    return [kept(`${list}:`), free(shape === 'empty' ? ' []' : shape === 'null' ? ' ~' : ''), kept(' # list\n')]
  const foreignItems = foreign.map((kind, i) => blockForeign[kind]?.(`${list}${i}`, field) ?? '')
  const ownItems = own.map(kind => ownBlock[kind]?.(ours[list] ?? '', field) ?? '')
  const indented = (text: string) => text.replaceAll(/^(?=.)/gm, indent)
  return [
    kept(`${list}: # list\n`),
    ...mixed(foreignItems, ownItems).flatMap(({ item, own: isOwn }) => [
      isOwn ? free(indented(item)) : kept(indented(item)),
      ...(gap === '' ? [] : [kept(gap)]),
    ]),
  ]
}

function flowList(list: string, { shape, foreign, own }: ListShape): Part[] {
  const field = fieldNames[list] ?? ''
  if (shape === 'null') return [kept(`"${list}" :`), free(' null')]
  const foreignItems = foreign.map((kind, i) => flowForeign[kind]?.(`${list}${i}`, field) ?? '')
  const ownItems = own.map(kind => ownFlow[kind]?.(ours[list] ?? '', field) ?? '')
  const items = shape === 'empty' ? [] : mixed(foreignItems, ownItems)
  return [
    kept(`"${list}": [`),
    ...items.flatMap(({ item, own: isOwn }, i) => [
      free(i === 0 ? '' : ','),
      kept('\n\t'),
      isOwn ? free(item) : kept(item),
    ]),
    kept('\n]'),
  ]
}

const current = fc.constantFrom('absent', 'empty', 'other')

const blockDocument: fc.Arbitrary<Part[]> = fc
  .record({
    style,
    lists: listShapes(blockForeign.length, ownBlock.length),
    order: fc.shuffledSubarray(['clusters', 'contexts', 'users'] as const, { minLength: 3 }),
    head: fc.constantFrom('', '\uFEFF', '# top\n', '---\n', '%YAML 1.2\n---\n', '\uFEFF# x\n---\n'),
    extra: fc.constantFrom(
      '',
      'x-y: &y {a: [b]}\nz: *y\n',
      'preferences: {}\n"odd key" : |\n  text\n',
      'deep:\n  a:\n  - b\n',
    ),
    current,
    tail: fc.constantFrom('', '# the end\n', '...\n', '\n\n', 'last: |\n  text\n', 'last: x', '# the end'),
  })
  .map(({ style: s, lists: l, order, head, extra, current: c, tail }) =>
    [
      kept(`${head}apiVersion: v1\n`),
      ...(extra === '' ? [] : [kept(extra)]),
      ...order.flatMap(name => blockList(name, l[name], s)),
      ...(c === 'absent'
        ? []
        : c === 'empty'
          ? [kept('current-context: '), free('""'), kept(' # cc\n')]
          : [kept('current-context: other # cc\n')]),
      ...(tail === '' ? [] : [kept(tail)]),
    ].map(part => ('kept' in part ? kept(part.kept.replaceAll('\n', s.eol)) : free(part.free.replaceAll('\n', s.eol)))),
  )

const flowDocument: fc.Arbitrary<Part[]> = fc
  .record({
    lists: listShapes(flowForeign.length, ownFlow.length),
    order: fc.shuffledSubarray(['clusters', 'contexts', 'users'] as const),
    current,
    tail: fc.constantFrom('', '\n', '\n\n'),
  })
  .map(({ lists: l, order, current: c, tail }) => [
    kept('{\n\t"kind": "Config"'),
    ...order.flatMap(name => [kept(',\n  '), ...flowList(name, l[name])]),
    ...(c === 'absent'
      ? []
      : c === 'empty'
        ? [kept(',"current-context":'), free('""')]
        : [kept(', "current-context": "other"')]),
    kept(' \n}'),
    kept(tail),
  ])

/** The lines that must stay, found one after the other; new ones may come between any two. */
function missingPart(parts: readonly Part[], after: string): string | undefined {
  let at = 0
  for (const line of parts.flatMap(part => ('kept' in part ? part.kept.split(/(?<=\n)/) : []))) {
    const found = after.indexOf(line, at)
    if (found === -1) return line
    at = found + line.length
  }
  return undefined
}

const expect = (what: string, after: string, holds_: boolean): void => {
  if (!holds_) throw new Error(`${what}:\n${after}`)
}

function holds(parts: Part[], currentContext: Entries['currentContext']): void {
  const text = textOf(parts)
  const merge = mergeKubeconfig(text, { ...entries, currentContext })
  if (merge.state !== 'changed') throw new Error(`${merge.state}: ${'reason' in merge ? merge.reason : ''}`)
  const after = merge.text
  expect('our entries are not right', after, isComplete(after))
  expect('something else changed', after, JSON.stringify(foreign(after)) === JSON.stringify(foreign(text)))
  const other = /current-context"?: "?other/.test(text)
  const taken = !other || currentContext === 'always'
  expect('the current context is wrong', after, parse(after)['current-context'] === (taken ? 'toolforge' : 'other'))
  const lost = other && taken ? undefined : missingPart(parts, after)
  expect(`not as it was: ${JSON.stringify(lost)}`, after, lost === undefined)
  expect('not settled', after, mergeKubeconfig(after, { ...entries, currentContext }).state === 'same')
}

const policy = fc.constantFrom('if_new', 'always') as fc.Arbitrary<Entries['currentContext']>

t.test('D2: in block style, every byte outside our entries stays', async () => {
  fc.assert(fc.property(blockDocument, policy, holds), { numRuns: 500 })
})

t.test('D2: in flow style and JSON, every byte outside our entries stays', async () => {
  fc.assert(fc.property(flowDocument, policy, holds), { numRuns: 500 })
})

t.test('D2: whatever is done to a document, it is merged without loss or called broken', async () => {
  const scraps = [
    '&a ',
    '*a ',
    '- ',
    ': ',
    '\n',
    '\t',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '|',
    '#',
    '? ',
    '---\n',
    '...\n',
    '!!map ',
    'null',
    '\r',
    '%',
    '<<: ',
    '\0',
    'name: tf-a\n',
  ]
  const damage = fc.array(fc.record({ at: fc.nat(), remove: fc.nat(6), put: fc.constantFrom('', ...scraps) }), {
    minLength: 1,
    maxLength: 5,
  })
  const property = fc.property(
    fc.oneof(blockDocument, flowDocument),
    damage,
    policy,
    (parts, blows, currentContext) => {
      let text = textOf(parts)
      for (const { at, remove, put } of blows) {
        const from = at % (text.length + 1)
        text = text.slice(0, from) + put + text.slice(from + remove)
      }
      const merge = mergeKubeconfig(text, { ...entries, currentContext })
      if (merge.state === 'broken') return
      const after = merge.state === 'same' ? text : merge.text
      if (!isComplete(after)) throw new Error(`our entries are not right:\n${after}`)
      // What holds nothing at all becomes a kubeconfig, and says so.
      const meant =
        parse(text, { logLevel: 'silent' }) === null ? 'apiVersion: v1\nkind: Config\npreferences: {}\n' : text
      if (JSON.stringify(foreign(after)) !== JSON.stringify(foreign(meant)))
        throw new Error(`something else changed:\n${after}`)
    },
  )
  fc.assert(property, { numRuns: 1000 })
})
