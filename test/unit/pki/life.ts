import t from 'tap'
import { lifeOf } from '../../../src/pki/life.ts'

const begin = Date.UTC(2026, 0, 1)
const end = Date.UTC(2027, 0, 1)
const dates = {
  validFrom: 'Jan  1 00:00:00 2026 GMT',
  validTo: 'Jan  1 00:00:00 2027 GMT',
  validFromDate: new Date(begin),
  validToDate: new Date(end),
}

t.test('a life has both its ends', async t => {
  t.same(lifeOf(dates), { begin, end })
})

t.test('what stands in memory where a date cannot be read is not taken for one', async t => {
  const bad = 'Bad time value'
  for (const odd of [
    { validFrom: bad },
    { validTo: bad },
    { validFromDate: new Date(NaN) },
    { validToDate: new Date(NaN) },
  ])
    t.throws(() => lifeOf({ ...dates, ...odd }), /A date of the certificate cannot be read/)
})

t.test('a year below 100 is not taken for one of our time', async t => {
  const validToDate = new Date(Date.UTC(2000, 0, 1))
  validToDate.setUTCFullYear(49)
  t.equal(lifeOf({ ...dates, validTo: 'Jan  1 00:00:00 49 GMT', validToDate }).end, validToDate.getTime())
})
