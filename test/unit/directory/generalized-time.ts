import fc from 'fast-check'
import t from 'tap'
import { generalizedTime, parseGeneralizedTime } from '../../../src/directory/generalized-time.ts'

t.test('moments are read as LDAP writes them', async t => {
  const moment = Date.UTC(2026, 10, 22, 10, 1, 2)
  t.equal(generalizedTime(moment), '20261122100102Z')
  t.equal(generalizedTime(moment + 999), '20261122100102Z')
  t.equal(parseGeneralizedTime('20261122100102Z'), moment)
  t.equal(parseGeneralizedTime('20261122100102.250Z'), moment + 250)
  t.equal(parseGeneralizedTime('20261122100102,5Z'), moment + 500)
  for (const text of [
    '',
    '20261122100102',
    '2026112210Z',
    '20261122100102+0100',
    '20261122100102.Z',
    'x20261122100102Z',
  ])
    t.equal(parseGeneralizedTime(text), undefined, text)
})

t.test('a moment in whole seconds comes back', async t => {
  const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
  fc.assert(fc.property(seconds, second => parseGeneralizedTime(generalizedTime(second * 1000)) === second * 1000))
  t.pass()
})
