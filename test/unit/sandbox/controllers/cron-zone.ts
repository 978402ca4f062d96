import t from 'tap'
import { isTimeZone, rfc3339In } from '../../../../src/sandbox/controllers/cron-zone.ts'

t.test('time zones are those of the IANA, by their names', async t => {
  for (const name of [
    'UTC',
    'Etc/UTC',
    'Europe/Berlin',
    'Europe/Kyiv',
    'US/Eastern',
    'Asia/Kolkata',
    'EST5EDT',
    'GB',
  ]) {
    t.ok(isTimeZone(name), name)
  }
  for (const name of [
    '',
    'utc',
    'europe/berlin',
    'EUROPE/BERLIN',
    '+01:00',
    '+0100',
    '-05',
    'Local',
    'Nowhere',
    'CEST',
  ]) {
    t.notOk(isTimeZone(name), name)
  }
})

t.test('of second names not every letter need be in the right case, unlike in Kubernetes', async t => {
  t.ok(isTimeZone('US/eastern'))
  t.notOk(isTimeZone('us/Eastern'))
})

t.test('a moment is told by the clocks of a zone', async t => {
  const moment = Date.UTC(2026, 6, 1, 22)
  const told: [string | undefined, string][] = [
    [undefined, '2026-07-01T22:00:00Z'],
    ['UTC', '2026-07-01T22:00:00Z'],
    ['Africa/Abidjan', '2026-07-01T22:00:00Z'],
    ['Europe/Berlin', '2026-07-02T00:00:00+02:00'],
    ['America/St_Johns', '2026-07-01T19:30:00-02:30'],
    ['Asia/Kolkata', '2026-07-02T03:30:00+05:30'],
  ]
  for (const [zone, text] of told) t.equal(rfc3339In(moment, zone), text, zone ?? 'none')
})
