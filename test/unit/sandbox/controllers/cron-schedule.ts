import t from 'tap'
import { createSchedule } from '../../../../src/sandbox/controllers/cron-schedule.ts'

// Schedule, time zone, from when, and the next four moments in UTC as robfig/cron 3.0.1 has them, which Kubernetes uses.
const recorded: [schedule: string, zone: string, after: string, moments: string[]][] = [
  [
    '* * * * *',
    '',
    '2026-11-22 10:00:30',
    ['2026-11-22 10:01', '2026-11-22 10:02', '2026-11-22 10:03', '2026-11-22 10:04'],
  ],
  [
    '0 12 31 * *',
    '',
    '2026-11-22 00:00',
    ['2026-12-31 12:00', '2027-01-31 12:00', '2027-03-31 12:00', '2027-05-31 12:00'],
  ],
  [
    '0 0 29 2 *',
    '',
    '2026-11-22 00:00',
    ['2028-02-29 00:00', '2032-02-29 00:00', '2036-02-29 00:00', '2040-02-29 00:00'],
  ],
  [
    '0 0 13 * 5',
    '',
    '2026-11-22 00:00',
    ['2026-11-27 00:00', '2026-12-04 00:00', '2026-12-11 00:00', '2026-12-13 00:00'],
  ],
  [
    '0 0 13 * *',
    '',
    '2026-11-22 00:00',
    ['2026-12-13 00:00', '2027-01-13 00:00', '2027-02-13 00:00', '2027-03-13 00:00'],
  ],
  [
    '0 0 * * 5',
    '',
    '2026-11-22 00:00',
    ['2026-11-27 00:00', '2026-12-04 00:00', '2026-12-11 00:00', '2026-12-18 00:00'],
  ],
  [
    '0 0 */9 * 5',
    '',
    '2026-11-22 00:00',
    ['2026-11-27 00:00', '2026-11-28 00:00', '2026-12-01 00:00', '2026-12-04 00:00'],
  ],
  [
    '0 0 */1 * 5',
    '',
    '2026-11-22 00:00',
    ['2026-11-27 00:00', '2026-12-04 00:00', '2026-12-11 00:00', '2026-12-18 00:00'],
  ],
  [
    '0 0 1-31 * 5',
    '',
    '2026-11-22 00:00',
    ['2026-11-23 00:00', '2026-11-24 00:00', '2026-11-25 00:00', '2026-11-26 00:00'],
  ],
  [
    '0 0 *,13 * 5',
    '',
    '2026-11-22 00:00',
    ['2026-11-27 00:00', '2026-12-04 00:00', '2026-12-11 00:00', '2026-12-18 00:00'],
  ],
  [
    '0 0 ? * mon-FRI/2',
    '',
    '2026-11-22 00:00',
    ['2026-11-23 00:00', '2026-11-25 00:00', '2026-11-27 00:00', '2026-11-30 00:00'],
  ],
  [
    '59/20 23 * JAN *',
    '',
    '2026-11-22 00:00',
    ['2027-01-01 23:59', '2027-01-02 23:59', '2027-01-03 23:59', '2027-01-04 23:59'],
  ],
  [
    '5/25 9-17/4 1 6,12 *',
    '',
    '2026-11-22 00:00',
    ['2026-12-01 09:05', '2026-12-01 09:30', '2026-12-01 09:55', '2026-12-01 13:05'],
  ],
  ['@weekly', '', '2026-11-22 00:00', ['2026-11-29 00:00', '2026-12-06 00:00', '2026-12-13 00:00', '2026-12-20 00:00']],
  [
    '@every 90s',
    '',
    '2026-11-22 10:00:30',
    ['2026-11-22 10:02', '2026-11-22 10:03:30', '2026-11-22 10:05', '2026-11-22 10:06:30'],
  ],
  [
    '@every 1.5h',
    '',
    '2026-11-22 00:00',
    ['2026-11-22 01:30', '2026-11-22 03:00', '2026-11-22 04:30', '2026-11-22 06:00'],
  ],
  [
    '@every 10ms',
    '',
    '2026-11-22 00:00',
    ['2026-11-22 00:00:01', '2026-11-22 00:00:02', '2026-11-22 00:00:03', '2026-11-22 00:00:04'],
  ],
  [
    '@every -5m',
    '',
    '2026-11-22 00:00',
    ['2026-11-22 00:00:01', '2026-11-22 00:00:02', '2026-11-22 00:00:03', '2026-11-22 00:00:04'],
  ],
  [
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28 00:00',
    ['2026-03-28 01:30', '2026-03-30 00:30', '2026-03-31 00:30', '2026-04-01 00:30'],
  ],
  [
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24 12:00',
    ['2026-10-25 00:30', '2026-10-25 01:30', '2026-10-26 01:30', '2026-10-27 01:30'],
  ],
  [
    '*/30 * * * *',
    'Europe/Berlin',
    '2026-03-29 00:20',
    ['2026-03-29 00:30', '2026-03-29 01:00', '2026-03-29 01:30', '2026-03-29 02:00'],
  ],
  [
    '0 */2 * * *',
    'America/New_York',
    '2026-11-01 03:30',
    ['2026-11-01 04:00', '2026-11-01 07:00', '2026-11-01 09:00', '2026-11-01 11:00'],
  ],
  [
    '30 1,2 * * *',
    'America/New_York',
    '2026-11-01 03:30',
    ['2026-11-01 05:30', '2026-11-01 06:30', '2026-11-01 07:30', '2026-11-02 06:30'],
  ],
  [
    '0 0 * * *',
    'Asia/Kolkata',
    '2026-11-22 00:00',
    ['2026-11-22 18:30', '2026-11-23 18:30', '2026-11-24 18:30', '2026-11-25 18:30'],
  ],
  [
    '0 0 1 * *',
    'Pacific/Auckland',
    '2026-11-22 00:00',
    ['2026-11-30 11:00', '2026-12-31 11:00', '2027-01-31 11:00', '2027-02-28 11:00'],
  ],
]

const parse = (text: string): number => Date.parse(`${text.replace(' ', 'T')}${text.length > 16 ? '' : ':00'}Z`)

t.test('the next moments are those that Kubernetes finds', async t => {
  for (const [text, zone, after, moments] of recorded) {
    const schedule = createSchedule(text, zone || undefined)
    const starts = [after, ...moments].map(parse)
    const found = starts.slice(0, -1).map(start => schedule.next(start))
    t.strictSame(found, starts.slice(1), `${text} ${zone} after ${after}`)
  }
})

t.test('a moment is after, never at, the given one, and has whole seconds', async t => {
  const minute = createSchedule('* * * * *', undefined)
  const ten = Date.UTC(2026, 10, 22, 10)
  t.equal(minute.next(ten), ten + 60_000)
  t.equal(minute.next(ten - 1), ten)
  t.equal(createSchedule('@every 5s', undefined).next(ten + 999), ten + 5000)
})

t.test('some schedules never come up', async t => {
  for (const text of ['0 0 30 2 *', '0 0 31 4,6,9,11 *', ', * * * *']) {
    t.equal(createSchedule(text, undefined).next(Date.UTC(2026, 0)), undefined, text)
  }
  t.equal(
    createSchedule('0 0 29 2 *', undefined).next(Date.UTC(2096, 2)),
    undefined,
    'nobody looks further than five years',
  )
})

t.test(
  'the library itself reads days and weekdays otherwise than Kubernetes; that is why it is given lists',
  async t => {
    const next = (text: string) => createSchedule(text, undefined).next(Date.UTC(2026, 10, 22, 0, 0))
    t.equal(
      next('0 0 */9 * 5'),
      Date.UTC(2026, 10, 27),
      'a star with a step is one of two days, either of which will do',
    )
    t.equal(next('0 0 1-31 * 5'), Date.UTC(2026, 10, 23), 'every day without a star is every day')
    t.throws(() => createSchedule('0 0 * * 7', undefined), { name: 'CronError' })
    t.throws(() => createSchedule('0 0 L * *', undefined), { name: 'CronError' })
  },
)

t.test('a day without a midnight has its other moments', async t => {
  const { next } = createSchedule('0 */4 29 3 *', 'Asia/Beirut')
  const day = Date.UTC(2026, 2, 28, 22)
  t.equal(next(day), day + 3 * 3_600_000, 'four in the morning, three hours after the day began at one')
})
