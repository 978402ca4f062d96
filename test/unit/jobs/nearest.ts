import fc from 'fast-check'
import t from 'tap'
import { nearestTo } from '../../../src/jobs/nearest.ts'

const images = [
  { name: 'bookworm', aliases: ['tf-bookworm'] },
  { name: 'node20', aliases: [] },
  { name: 'node22', aliases: [] },
  { name: 'python3.11', aliases: ['toolforge-python311-sssd-base'] },
  { name: 'python3.13', aliases: [] },
  { name: 'python3.9', aliases: [] },
  { name: 'python3.14', aliases: [] },
]
const near = (wanted: string) => nearestTo(wanted, images).map(({ name }) => name)

t.test('a slip of the finger finds the name that was meant', async t => {
  t.strictSame(near('pyhton3.11'), ['python3.11'])
  t.strictSame(near('bokworm'), ['bookworm'])
  t.strictSame(near('BOOKWORM'), ['bookworm'])
  t.strictSame(near('bookworms'), ['bookworm'])
  t.strictSame(near('node21'), ['node20', 'node22'])
  t.strictSame(near('toolforge-python311-sssd-bas'), ['python3.11'], 'other names count as well')
})

t.test('the beginning of names finds them, three at most', async t => {
  t.strictSame(near('node'), ['node20', 'node22'])
  t.strictSame(near('python'), ['python3.11', 'python3.13', 'python3.9'])
})

t.test('what is like nothing finds nothing', async t => {
  for (const wanted of ['', 'n', 'x', 'golang', 'zzzzzzzzzzzz', 'p'.repeat(100_000)])
    t.strictSame(near(wanted), [], wanted)
  t.strictSame(nearestTo('node20', []), [])
})

t.test('a name with one letter too many, too few or wrong is found, whatever it is', async () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{3,20}$/)
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom([0, 'x'], [1, ''], [1, 'x']), (name, at, [gone, letters]) => {
      const place = at % name.length
      const wrong = `${name.slice(0, place)}${letters}${name.slice(place + Number(gone))}`
      return nearestTo(wrong, [{ name, aliases: [] }]).length === 1
    }),
  )
})

const one = (name: string, ...aliases: string[]) => ({ name, aliases })

t.test('so many letters may be wrong: a quarter of them, and always one', async t => {
  const found = (wanted: string, name: string) => nearestTo(wanted, [one(name)]).length === 1
  for (const [wanted, name, isFound] of [
    ['ab', 'ax', true],
    ['ab', 'xy', false],
    ['abcdefg', 'abcdefx', true],
    ['abcdefg', 'abcdexx', false],
    ['abcdefgh', 'abcdefxx', true],
    ['abcdefgh', 'abcdexxx', false],
    ['abcdefghijkl', 'abcdefghixxx', true],
    ['abcdefghijkl', 'abcdefghxxxx', false],
    ['abcdefgh', 'xxabcdefgh', true],
    ['abcdefgh', 'xxxabcdefgh', false],
    ['abcdefgh', 'cdefgh', true],
    ['abcdefgh', 'defgh', false],
    ['abcdefgh', 'badcefgh', false],
  ] as const)
    t.equal(found(wanted, name), isFound, `${wanted} ${name}`)
})

t.test('the nearest comes first: the name itself, one that goes on, then the one with fewer wrong letters', async t => {
  const names = ['abcdefxy', 'abcdefgx', 'abcdefgh-more', 'abcdefgh']
  const order = (wanted: string, count: number) =>
    nearestTo(
      wanted,
      names.slice(-count).map(name => one(name)),
    )
  t.strictSame(
    order('abcdefgh', 4).map(({ name }) => name),
    ['abcdefgh', 'abcdefgh-more', 'abcdefgx'],
  )
  t.strictSame(
    nearestTo('abcdefgh', [one('abcdefgx'), one('other', 'abcdefgh')]).map(({ name }) => name),
    ['other', 'abcdefgx'],
    'whichever of its names is meant',
  )
  t.strictSame(
    nearestTo('ABCDEFGH', [one('abcdefgx'), one('ABCDEFGH')]).map(({ name }) => name),
    ['ABCDEFGH', 'abcdefgx'],
    'however it is written',
  )
  t.strictSame(
    nearestTo('ab', [one('xb'), one('ab'), one('ax')]).map(({ name }) => name),
    ['ab', 'xb', 'ax'],
  )
})

t.test('of an endless name only the beginning is compared', async t => {
  const long = 'abcdefghij'.repeat(10)
  t.strictSame(nearestTo(`${long}${'z'.repeat(50)}`, [one(long)]), [one(long)])
  t.strictSame(nearestTo(`x${long}`, [one(`${long}${'z'.repeat(50)}`)]), [one(`${long}${'z'.repeat(50)}`)])
  t.strictSame(nearestTo(`x${'z'.repeat(49)}${long}`, [one(long)]), [])
})
