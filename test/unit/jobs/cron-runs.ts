import fc from 'fast-check'
import t from 'tap'
import { nextRuns } from '../../../src/jobs/cron-runs.ts'

const at = (moment: string): number => Date.parse(moment)
const runs = (schedule: string, from: string, timezone?: string) => nextRuns({ schedule, timezone }, at(from)).join(' ')

t.test('the next runs come after the moment, and are three unless it is said otherwise', async t => {
  t.equal(
    runs('30 7 * * mon-fri', '2026-11-20T07:30:00Z'),
    '2026-11-23T07:30:00Z 2026-11-24T07:30:00Z 2026-11-25T07:30:00Z',
  )
  t.equal(nextRuns({ schedule: '0 * * * *' }, at('2026-11-20T06:59:59.999Z'), 1).join(), '2026-11-20T07:00:00Z')
  t.equal(nextRuns({ schedule: '0 * * * *' }, at('2026-11-20T07:00:00.001Z'), 1).join(), '2026-11-20T08:00:00Z')
  t.equal(runs('0 0 29 2 *', '2026-11-20T00:00:00Z'), '2028-02-29T00:00:00Z 2032-02-29T00:00:00Z 2036-02-29T00:00:00Z')
})

// What github.com/robfig/cron v3.0.1, of which Kubernetes' controller is made, answered to the same.
const recorded: [schedule: string, zone: string, from: string, runs: string][] = [
  ['0 0 1 * mon', 'UTC', '2026-11-20T00:00:00Z', '2026-11-23T00:00:00Z 2026-11-30T00:00:00Z 2026-12-01T00:00:00Z'],
  ['0 0 */10 * mon', 'UTC', '2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z 2026-11-23T00:00:00Z 2026-11-30T00:00:00Z'],
  ['0 0 1,* * mon', 'UTC', '2026-11-20T00:00:00Z', '2026-11-23T00:00:00Z 2026-11-30T00:00:00Z 2026-12-07T00:00:00Z'],
  ['0 0 13 * */5', 'UTC', '2026-11-20T00:00:00Z', '2026-11-22T00:00:00Z 2026-11-27T00:00:00Z 2026-11-29T00:00:00Z'],
  ['0 0 */1 2 fri', 'UTC', '2026-11-20T00:00:00Z', '2027-02-05T00:00:00Z 2027-02-12T00:00:00Z 2027-02-19T00:00:00Z'],
  ['58/1 23 31 12 *', 'UTC', '2026-11-20T00:00:00Z', '2026-12-31T23:58:00Z 2026-12-31T23:59:00Z 2027-12-31T23:58:00Z'],
  [
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T02:00:00Z',
    '2026-03-30T00:30:00Z 2026-03-31T00:30:00Z 2026-04-01T00:30:00Z',
  ],
  [
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T02:00:00Z',
    '2026-10-25T00:30:00Z 2026-10-25T01:30:00Z 2026-10-26T01:30:00Z',
  ],
  [
    '*/30 2 * * *',
    'Europe/Berlin',
    '2026-10-25T00:10:00Z',
    '2026-10-25T00:30:00Z 2026-10-25T01:00:00Z 2026-10-25T01:30:00Z',
  ],
  [
    '0 1-3 * * *',
    'America/New_York',
    '2026-03-08T05:00:00Z',
    '2026-03-08T06:00:00Z 2026-03-08T07:00:00Z 2026-03-09T05:00:00Z',
  ],
  [
    '15 5 * * *',
    'Asia/Kathmandu',
    '2026-11-20T00:00:00Z',
    '2026-11-20T23:30:00Z 2026-11-21T23:30:00Z 2026-11-22T23:30:00Z',
  ],
]
for (const [schedule, zone, from, expected] of recorded)
  t.test(`${schedule} in ${zone} runs when Kubernetes runs it`, async t => {
    t.equal(runs(schedule, from, zone), expected)
  })

t.test('what is no schedule or zone has no runs, and neither has one that never comes', async t => {
  for (const schedule of ['', 'often', '@daily', '0 0 31 2 *', '0 0 * * 9'])
    t.equal(runs(schedule, '2026-01-01T00:00:00Z'), '')
  t.equal(runs('0 0 * * *', '2026-01-01T00:00:00Z', 'No/Where'), '')
  for (const from of [Number.NaN, Number.POSITIVE_INFINITY, 9e15])
    t.strictSame(nextRuns({ schedule: '0 0 * * *' }, from), [])
})

t.test('what was found before is not what is true later or was true earlier', async t => {
  const ask = (from: string) => nextRuns({ schedule: '0 5 * * *', timezone: 'UTC' }, at(from), 1).join()
  t.equal(ask('2026-01-01T00:00:00Z'), '2026-01-01T05:00:00Z')
  t.equal(ask('2026-01-01T04:59:59Z'), '2026-01-01T05:00:00Z')
  t.equal(ask('2026-01-01T05:00:00Z'), '2026-01-02T05:00:00Z')
  t.equal(ask('2025-12-31T00:00:00Z'), '2025-12-31T05:00:00Z')
  const mine = nextRuns({ schedule: '0 5 * * *' }, at('2026-01-01T00:00:00Z'))
  mine.length = 0
  t.equal(nextRuns({ schedule: '0 5 * * *' }, at('2026-01-01T00:00:00Z')).length, 3, 'a caller has a list of its own')
})

t.test('in UTC a run fits its fields, and runs ascend', async () => {
  const number = (min: number, max: number) => fc.integer({ min, max })
  const moment = fc.tuple(number(0, 59), number(0, 23), number(1, 28), number(1, 12))
  fc.assert(
    fc.property(moment, number(1.6e12, 2.2e12), (parts, from) => {
      const found = nextRuns({ schedule: `${parts.join(' ')} *` }, from).map(at)
      const fits = found.every(run => {
        const date = new Date(run)
        const own = [date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate(), date.getUTCMonth() + 1]
        return own.join() === parts.join()
      })
      return fits && found.length === 3 && found.every((run, index) => run > (found[index - 1] ?? from))
    }),
    { numRuns: 50 },
  )
})
