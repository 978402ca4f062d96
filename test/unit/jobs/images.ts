import t from 'tap'
import { findImage, parseImages, resolveImage, stableImages } from '../../../src/jobs/images.ts'

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

t.test('an unknown image is refused with those there are, in words that a terminal can show', async t => {
  t.throws(() => resolveImage(images, 'x\u001b[2J'), {
    code: 'bad_request',
    message: "No such image 'x?[2J'. Use one of: bookworm, python3.11",
  })
  t.equal(resolveImage(images, 'bookworm').name, 'bookworm')
})

t.test('what is no list of images is an error', async t => {
  for (const text of ['', '[]', 'text', '{}', 'a: {state: stable}', 'a: [', 'a: {image: 3}', 'a: {image: ""}'])
    t.throws(() => parseImages(text), Error, text)
})

t.test('odd entries hurt nobody', async t => {
  const odd = parseImages('{a: {image: i, aliases: [1, b], state: 3}, c: null, d: {image: j, aliases: text}}')
  t.strictSame(odd, [
    { name: 'a', image: 'i', aliases: ['b'], state: 'unknown' },
    { name: 'd', image: 'j', aliases: [], state: 'unknown' },
  ])
})
