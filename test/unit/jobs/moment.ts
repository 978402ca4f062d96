import t from 'tap'
import { isWithin, parseMoment, parseWindow } from '../../../src/jobs/moment.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const iso = (moment: number) => new Date(moment).toISOString()

t.test('a moment is a date with its zone, or how long ago', async t => {
  const moments: Record<string, string> = {
    '2026-03-02T21:29:55+01:00': '2026-03-02T20:29:55.000Z',
    '2026-03-02T21:29:55Z': '2026-03-02T21:29:55.000Z',
    '2026-03-02T21:29Z': '2026-03-02T21:29:00.000Z',
    '2026-03-02 21:29:55.123456-02:30': '2026-03-02T23:59:55.123Z',
    '90s': '2026-11-22T11:58:30.000Z',
    '5m': '2026-11-22T11:55:00.000Z',
    '2h': '2026-11-22T10:00:00.000Z',
    '3d': '2026-11-19T12:00:00.000Z',
    '1w': '2026-11-15T12:00:00.000Z',
    '0s': '2026-11-22T12:00:00.000Z',
  }
  for (const [text, moment] of Object.entries(moments)) t.equal(iso(parseMoment('since', text, now)), moment, text)
})

t.test('what is no moment is refused', async t => {
  const texts = ['', 'now', '5', 'm', '-5m', '1.5h', '5m ', '9999999s', '1y', '2026-03-02', '2026-03-02T21:29:55']
  texts.push('2026-13-02T21:29:55Z', '2026-03-02T25:00:00Z', 'Mon Mar 2 2026', '1772486995', '\u001b[2J')
  for (const text of texts)
    t.throws(
      () => parseMoment('until', text, now),
      { code: 'bad_request', message: /^until: '[\x20-\x7e]*' is no moment/ },
      text,
    )
})

t.test('a window has two ends, one or none', async t => {
  t.strictSame(parseWindow({}, now), {})
  t.strictSame(parseWindow({ since: '1m' }, now), { since: now - 60_000 })
  t.strictSame(parseWindow({ since: '2m', until: '1m' }, now), { since: now - 120_000, until: now - 60_000 })
  t.throws(() => parseWindow({ since: '1m', until: '2m' }, now), { code: 'bad_request' })
})

t.test('both ends belong to a window, and what has no time too', async t => {
  const window = { since: 10, until: 20 }
  t.strictSame(
    [9, 10, 20, 21, Number.NaN].map(moment => isWithin(moment, window)),
    [false, true, true, false, true],
  )
  t.ok(isWithin(5, {}))
})
