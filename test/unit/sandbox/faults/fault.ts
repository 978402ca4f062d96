import t from 'tap'
import { type Asked, contradictions, type Fault, matches, strikes } from '../../../../src/sandbox/faults/fault.ts'

const asked: Asked = {
  verb: 'get',
  plural: 'pods',
  subresource: 'log',
  namespace: 'tool-a',
  name: 'p',
  user: 'a',
}

t.test('all that is named must match, and what is not named is anything', async t => {
  t.ok(matches({}, asked))
  t.ok(matches(asked, asked))
  for (const field of ['verb', 'plural', 'subresource', 'namespace', 'name', 'user']) {
    t.notOk(matches({ ...asked, [field]: 'other' }, asked), field)
  }
  t.notOk(matches({ subresource: '' }, asked), 'empty means the object itself')
})

/** Which of the first ten requests are struck. */
const struck = (fault: Fault, random = () => 0): number[] => {
  const tally = { seen: 0, struck: 0 }
  const found: number[] = []
  for (tally.seen = 1; tally.seen <= 10; tally.seen++) {
    if (!strikes(fault, tally, random)) continue
    tally.struck += 1
    found.push(tally.seen)
  }
  return found
}

t.test('how often a fault strikes', async t => {
  t.equal(struck({}).length, 10, 'always')
  t.same(struck({ count: 2 }), [1, 2])
  t.same(struck({ nth: 3 }), [3])
  t.same(struck({ nth: 1 }), [1])
  t.same(struck({ nth: 3, count: 2 }), [3, 4])
  t.same(struck({ nth: 11 }), [])
  let draws = 0
  const alternately = () => (draws++ % 2 === 0 ? 0.4 : 0.6)
  t.same(struck({ probability: 0.5 }, alternately), [1, 3, 5, 7, 9])
  t.same(
    struck({ probability: 1 }, () => 0.999),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
})

t.test('what contradicts itself is said', async t => {
  t.same(contradictions({ effect: 'answer', code: 429, retry_after_s: 1, message: 'x' }), [])
  t.same(contradictions({ latency_ms: 1 }), [])
  t.same(contradictions({ effect: 'slow', bytes_per_second: 1 }), [])
  t.match(contradictions({}), [/does nothing/])
  t.match(contradictions({ after: true, match: {} }), [/does nothing/])
  t.match(contradictions({ effect: 'reset', code: 500 }), [/^code: only for the effect answer, not for reset/])
  t.match(contradictions({ effect: 'answer', bytes_per_second: 1 }), [/^bytes_per_second: only for the effect slow/])
})
