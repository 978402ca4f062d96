import t from 'tap'
import { denialOf, nobodyDenied, parseDenyList } from '../../../src/pki/deny-list.ts'

const parse = (list: unknown) => parseDenyList(JSON.stringify(list))
const moment = Date.UTC(2026, 10, 22, 10)

t.test('an entry without a date denies every certificate of its tool, one with a date those issued before', async t => {
  const list = parse([
    { tool: 'tf-a', reason: 'all' },
    { tool: 'tf-b', issuedBefore: '2026-11-22T10:00:00Z', reason: 'old ones' },
  ])
  t.strictSame(denialOf(list, 'tf-a', moment), { reason: 'all', issuedBefore: undefined })
  t.strictSame(denialOf(list, 'tf-b', moment - 1), { reason: 'old ones', issuedBefore: moment })
  t.equal(denialOf(list, 'tf-b', moment), undefined)
  t.equal(denialOf(list, 'tf-c', 0), undefined)
  t.equal(denialOf(nobodyDenied, 'tf-a', 0), undefined)
})

t.test('of several entries of one tool each counts', async t => {
  const list = parse([
    { tool: 'tf-a', issuedBefore: '2026-11-22T09:00:00Z', reason: 'first' },
    { tool: 'tf-b', reason: 'other' },
    { tool: 'tf-a', issuedBefore: '2026-11-22T12:00:00+02:00', reason: 'second' },
  ])
  t.match(denialOf(list, 'tf-a', moment - 3_600_001), { reason: 'first' })
  t.match(denialOf(list, 'tf-a', moment - 1), { reason: 'second', issuedBefore: moment })
  t.equal(denialOf(list, 'tf-a', moment), undefined)
})

t.test('an empty list denies nobody', async t => {
  t.equal(parse([]).size, 0)
})

t.test('a list that is not right is refused as a whole', async t => {
  const good = { tool: 'tf-a', reason: 'x' }
  for (const [what, list] of Object.entries({
    'not a list': good,
    'not an object': ['tf-a'],
    'no tool': [{ reason: 'x' }],
    'no reason': [{ tool: 'tf-a' }],
    'an empty reason': [{ tool: 'tf-a', reason: '' }],
    'a reason with control characters': [{ tool: 'tf-a', reason: 'a\u001b[2J' }],
    'a reason without end': [{ tool: 'tf-a', reason: 'x'.repeat(1001) }],
    'an unknown key': [{ ...good, issued_before: '2026-11-22T10:00:00Z' }],
    'a name that no tool has': [{ ...good, tool: 'TF-A' }],
    'one bad one among good ones': [good, { ...good, tool: '' }, good],
  }))
    t.throws(() => parse(list), /^The deny list is not right: /, what)
  for (const issuedBefore of [
    '2026',
    '2026-11-22',
    '2026-11-22T10:00:00',
    '2026-13-22T10:00:00Z',
    'Nov 22 2026',
    'x2026-11-22T10:00:00Z',
    '2026-11-22T10:00:00Zx',
    '',
  ])
    t.throws(() => parse([{ ...good, issuedBefore }]), /"issuedBefore" must be a time such as 2026-11-22T10:00:00Z/)
  t.throws(() => parse([{ ...good, issuedBefore: 5 }]), /^The deny list is not right: /)
  t.throws(() => parseDenyList('['), SyntaxError)
  t.doesNotThrow(() => parse([{ ...good, issuedBefore: '2026-11-22T10:00:00.125Z' }]))
  const incomplete = /^The deny list is not right: \/1 must have required properties reason$/
  t.throws(() => parse([good, { tool: 'tf-a' }]), incomplete)
  t.throws(() => parse(good), /^The deny list is not right: it must be array$/)
})
