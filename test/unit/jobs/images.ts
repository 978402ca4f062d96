import fc from 'fast-check'
import t from 'tap'
import { findImage, type Image, parseImages, resolveImage, stableImages } from '../../../src/jobs/images.ts'

const yaml = `
python3.11:
  aliases: [tf-python311, toolforge-python311-sssd-base]
  image: registry.example/toolforge-python311-sssd-base:latest
  state: stable
bullseye:
  aliases: [tf-bullseye]
  image: registry.example/toolforge-bullseye-sssd:latest
  state: deprecated
bookworm:
  image: registry.example/toolforge-bookworm-sssd:latest
  state: stable
tf-python311:
  image: registry.example/impostor:latest
  state: deprecated
webonly:
  aliases: [w]
  state: stable
`
const digest = `sha256:${'1'.repeat(64)}`
const other = `sha256:${'2'.repeat(64)}`

const images = parseImages(yaml)
const named = (wanted: string) => findImage(images, wanted)?.name

t.test('the list is read with its states and sorted; entries without an image are left out', async t => {
  t.strictSame(
    images.map(({ name, state }) => [name, state]),
    [
      ['bookworm', 'stable'],
      ['bullseye', 'deprecated'],
      ['python3.11', 'stable'],
      ['tf-python311', 'deprecated'],
    ],
  )
  t.strictSame(images[0]?.aliases, [])
})

t.test('only stable images are offered', async t => {
  t.strictSame(
    stableImages(images).map(({ name }) => name),
    ['bookworm', 'python3.11'],
  )
})

t.test('an image is found by name, alias or address', async t => {
  t.equal(named('python3.11'), 'python3.11')
  t.equal(named('toolforge-python311-sssd-base'), 'python3.11')
  t.equal(named('registry.example/toolforge-python311-sssd-base:latest'), 'python3.11')
  t.equal(named('registry.example/toolforge-python311-sssd-base'), 'python3.11')
  t.equal(named('bullseye'), 'bullseye', 'deprecated ones still run')
  t.equal(named('tf-python311'), 'tf-python311', 'a name goes before an alias')
})

t.test('nothing else is found', async t => {
  for (const wanted of ['', 'python3', 'PYTHON3.11', 'toString', '__proto__', 'registry.example/other:latest', 'w'])
    t.equal(named(wanted), undefined, wanted)
})

t.test('a tag and a host may be named, if they are those of the image', async t => {
  t.equal(named('python3.11:latest'), 'python3.11')
  t.equal(named('tf-python311:latest'), 'tf-python311', 'a name goes before an alias')
  t.equal(named('toolforge-python311-sssd-base:latest'), 'python3.11')
  t.equal(named('registry.example/toolforge-bullseye-sssd:latest'), 'bullseye')
  t.equal(named('REGISTRY.example/tf-bullseye'), 'bullseye', 'an alias in the place of the path')
  for (const wanted of [
    'python3.11:v2',
    'other.example/python3.11',
    'registry.example:443/python3.11',
    'python3.11@',
    ':latest',
  ])
    t.equal(named(wanted), undefined, wanted)
})

t.test('a digest that was given stays in the address', async t => {
  const image = 'registry.example/toolforge-python311-sssd-base:latest'
  for (const wanted of ['python3.11', 'python3.11:latest', 'tf-python311x', image]) {
    const found = findImage(parseImages(yaml.replace('[tf-python311,', '[tf-python311x,')), `${wanted}@${digest}`)
    t.match(found, { name: 'python3.11', image: `${image}@${digest}`, kind: 'standard' }, wanted)
  }
  t.equal(named(`python3.11:v2@${digest}`), undefined)
})

t.test('an image of the list may have a tag or a digest of its own', async t => {
  const own = parseImages(`{a: {image: r.example/p/x:v2, aliases: [x, X-OLD]}, b: {image: "r.example/y@${digest}"}}`)
  t.strictSame(
    own.map(({ image }) => image),
    ['r.example/p/x:v2', `r.example/y@${digest}`],
  )
  for (const wanted of ['a', 'a:v2', 'x', 'X-OLD', 'p/x', 'r.example/p/x', 'r.example/p/x:v2', 'r.example/x'])
    t.equal(findImage(own, wanted)?.name, 'a', wanted)
  for (const wanted of ['b', 'y', `y@${digest}`, `r.example/y@${digest}`, 'r.example/y'])
    t.match(findImage(own, wanted), { name: 'b', image: `r.example/y@${digest}` }, wanted)
  for (const wanted of ['a:latest', `y@${other}`, `b:v1@${digest}`, 'r.example/p'])
    t.equal(findImage(own, wanted), undefined, wanted)
})

const built = (image: Partial<Image>): Image => ({
  name: 'tool-x/tool-x:latest',
  image: 'harbor.example/tool-x/tool-x:latest',
  aliases: [],
  state: 'stable',
  kind: 'built',
  digest,
  ...image,
})
const withBuilt = [
  ...images,
  built({}),
  built({ name: 'tool-x/y:v1', image: 'harbor.example/tool-x/y:v1', digest: other }),
]

t.test('built images are found with and without host, and without tag when it is the usual one', async t => {
  for (const wanted of [
    'tool-x/tool-x',
    'tool-x/tool-x:latest',
    'harbor.example/tool-x/tool-x',
    'harbor.example/tool-x/tool-x:latest',
  ])
    t.match(findImage(withBuilt, wanted), built({}), wanted)
  t.equal(findImage(withBuilt, 'tool-x/y:v1')?.kind, 'built')
  for (const wanted of [
    'tool-x/y',
    'tool-x/y:v2',
    'tool-x',
    'tool-x/tool-x:v1',
    'r.example/tool-x/tool-x',
    'tool-y/tool-x',
  ])
    t.equal(findImage(withBuilt, wanted), undefined, wanted)
})

t.test('a digest of a built image must be known, and is kept in name and address', async t => {
  const found = findImage(withBuilt, `tool-x/tool-x:latest@${digest}`)
  t.match(found, { name: `tool-x/tool-x:latest@${digest}`, image: `harbor.example/tool-x/tool-x:latest@${digest}` })
  t.match(findImage(withBuilt, `harbor.example/tool-x/y:v1@${other}`), { image: `harbor.example/tool-x/y:v1@${other}` })
  t.equal(findImage(withBuilt, 'tool-x/tool-x:latest')?.image, 'harbor.example/tool-x/tool-x:latest', 'or not added')
  t.equal(findImage(withBuilt, `tool-x/tool-x:latest@${other}`), undefined)
  t.equal(findImage(withBuilt, `tool-x/tool-x:v1@${digest}`), undefined)
})

t.test('a built image may be known by its digest alone', async t => {
  const only = built({ name: `tool-x/z@${digest}`, image: `harbor.example/tool-x/z@${digest}` })
  const tagged = built({ name: `tool-x/z:v1@${digest}`, image: `harbor.example/tool-x/z:v1@${digest}` })
  t.match(findImage([only], `harbor.example/tool-x/z@${digest}`), only)
  t.match(findImage([tagged], `tool-x/z:v1@${digest}`), tagged)
  t.equal(findImage([only], 'tool-x/z'), undefined)
  t.equal(findImage([tagged], 'tool-x/z:v1'), undefined)
})

t.test('nothing that a user writes makes the search throw', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'tolx-/:@.p3y1 \n'), maxLength: 30 })
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), wanted => {
      const found = findImage(withBuilt, wanted)
      return found === undefined || withBuilt.some(({ kind }) => kind === found.kind)
    }),
    { numRuns: 1000 },
  )
})

t.test('what an image says about web services is read, and what is wrong in it left out', async t => {
  const webservice = (defaults: unknown) =>
    parseImages(JSON.stringify({ a: { image: 'i', 'webservice-defaults': defaults } }))[0]?.webservice
  t.strictSame(webservice({ command: ['/usr/bin/webservice-runner', '--port', '{port}'], port: 8080, memory: '1Gi' }), {
    command: '/usr/bin/webservice-runner --port $PORT',
    port: 8080,
    memory: '1Gi',
  })
  t.strictSame(webservice({ command: 'run --port $PORT' }), { command: 'run --port $PORT' })
  t.strictSame(webservice({ command: [], port: 0, memory: 'much' }), {})
  t.strictSame(webservice({ command: ['a', 1], port: 65_536, memory: '-1' }), {})
  t.strictSame(webservice({ command: '', port: '8080', memory: 5 }), {})
  for (const none of [undefined, null, 'text', []]) t.equal(webservice(none), undefined)
})

t.test('an unknown image is refused with those there are, in words that a terminal can show', async t => {
  t.throws(() => resolveImage(images, 'x\u001b[2J'), {
    code: 'bad_request',
    message: "No such image 'x?[2J'. Use one of: bookworm, python3.11",
  })
  t.equal(resolveImage(images, 'bookworm').name, 'bookworm')
})

t.test('an unknown image that is like others is refused with those', async t => {
  t.throws(() => resolveImage(withBuilt, 'pyhton3.11'), { message: /'pyhton3.11'. Did you mean python3.11\?$/ })
  t.throws(() => resolveImage(withBuilt, 'tool-x/tool-y'), {
    message: /Did you mean tool-x\/tool-x:latest\?$/,
  })
  t.throws(() => resolveImage(withBuilt, 'bullsye'), { message: /Use one of/ }, 'deprecated ones are not offered')
})

t.test('what is no list of images is an error', async t => {
  for (const text of ['', '[]', 'text', '{}', 'a: {state: stable}', 'a: [', 'a: {image: 3}', 'a: {image: ""}'])
    t.throws(() => parseImages(text), Error, text)
})

t.test('odd entries hurt nobody', async t => {
  const odd = parseImages(
    '{a: {image: i, aliases: [1, b], state: 3}, c: null, d: {image: j, aliases: text}, e: {image: "https://x/y"}}',
  )
  t.strictSame(odd, [
    { name: 'a', image: 'i:latest', aliases: ['b'], state: 'unknown', kind: 'standard' },
    { name: 'd', image: 'j:latest', aliases: [], state: 'unknown', kind: 'standard' },
  ])
})
