import fc from 'fast-check'
import t from 'tap'
import { type Cron, everComes, parseCron } from '../../../src/jobs/cron.ts'
import { actualSchedule, nextRuns, scheduleProblem, timezoneProblem } from '../../../src/jobs/schedule.ts'

const owner = { tool: 'tf-test', job: 'one' }
const macros = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually']

function parsed(text: string): Cron {
  const cron = parseCron(text)
  if ('problem' in cron) throw new Error(`${text}: ${cron.problem}`)
  return cron
}

t.test('a macro stands for five fields, always the same for one job', async t => {
  const forms: Record<string, RegExp> = {
    '@hourly': /^\d+ \* \* \* \*$/,
    '@daily': /^\d+ \d+ \* \* \*$/,
    '@midnight': /^\d+ 0 \* \* \*$/,
    '@weekly': /^\d+ \d+ \* \* [0-6]$/,
    '@monthly': /^\d+ \d+ \d+ \* \*$/,
    '@yearly': /^\d+ \d+ \d+ \d+ \*$/,
    '@annually': /^\d+ \d+ \d+ \d+ \*$/,
  }
  for (const [macro, form] of Object.entries(forms)) {
    const actual = actualSchedule(macro, owner)
    t.match(actual, form, macro)
    t.equal(actualSchedule(` ${macro.toUpperCase()} `, owner), actual)
    t.equal(scheduleProblem(macro), undefined)
  }
  t.equal(actualSchedule('@yearly', owner), actualSchedule('@annually', owner))
})

t.test('five fields are as they were given, but for what Kubernetes does not take', async t => {
  t.equal(actualSchedule('0 7 * * mon-fri', owner), '0 7 * * mon-fri')
  t.equal(actualSchedule(' 0  7 * * 7', owner), '0 7 * * 0')
  t.equal(actualSchedule('no schedule', owner), 'no schedule')
})

const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/)

t.test('D6: whatever the tool and the job, a macro takes only days that every month has', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...macros), name, name, (macro, tool, job) => {
      const cron = parsed(actualSchedule(macro, { tool, job }))
      const isEvery = cron.day.values.length === 31
      return everComes(cron) && (isEvery || cron.day.values.every(day => day >= 1 && day <= 28))
    }),
    { numRuns: 1000 },
  )
})

t.test('D6: a monthly job runs in each of the next months', async t => {
  for (let job = 0; job < 40; job++) {
    const schedule = actualSchedule('@monthly', { tool: 'tf-test', job: `job-${job}` })
    const runs = nextRuns({ schedule }, Date.parse('2026-12-31T23:59:59Z'), 3)
    t.strictSame(
      runs.map(run => run.slice(0, 7)),
      ['2027-01', '2027-02', '2027-03'],
    )
  }
})

t.test('jobs are spread over all slots, of one tool as of many', async t => {
  const spread = (of: (index: number) => { tool: string; job: string }, field: number) => {
    const counts = new Map<string, number>()
    for (let index = 0; index < 2400; index++) {
      const value = actualSchedule('@yearly', of(index)).split(' ')[field] ?? ''
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    return counts
  }
  for (const of of [
    (index: number) => ({ tool: 'tf-test', job: `job-${index}` }),
    (index: number) => ({ tool: `tool-${index}`, job: 'daily' }),
  ]) {
    t.equal(spread(of, 0).size, 60)
    t.equal(spread(of, 1).size, 24)
    t.equal(spread(of, 2).size, 28)
    t.equal(spread(of, 3).size, 12)
    t.ok(Math.max(...spread(of, 1).values()) < 200, 'no hour has twice its share')
  }
})

t.test('where clocks are changed a macro keeps off the hours that may be missing or come twice', async () => {
  fc.assert(
    fc.property(name, job => {
      const cron = parsed(actualSchedule('@daily', { tool: 'tf-test', job, timezone: 'Europe/Berlin' }))
      return cron.hour.values.every(hour => hour >= 4)
    }),
    { numRuns: 300 },
  )
})

t.test('what cannot be a schedule is refused with a reason', async t => {
  const refusals: [string, RegExp][] = [
    ['@reboot', /^schedule: '@reboot' does not exist here: .* use a continuous job$/],
    ['@every 5m', /^schedule: '@every 5m' is not supported; write five fields/],
    ['@fortnightly', /^schedule: '@fortnightly' is unknown; use one of @hourly, @daily/],
    ['@', /is unknown/],
    ['0 0 31 2 *', /^schedule: '0 0 31 2 \*' never comes/],
    ['often', /^schedule: 'often' is not understood: five fields are expected/],
    ['TZ=UTC * * * * *', /a time zone is a field of its own/],
    ['a\u0007 * * * *', /^schedule: 'a\? \* \* \* \*' is not understood/],
  ]
  for (const [text, message] of refusals) t.match(scheduleProblem(text), message, text)
  for (const text of ['* * * * *', '0 0 29 2 *', '@Daily', ' 5 4 * * sun ']) t.equal(scheduleProblem(text), undefined)
})

t.test('a time zone is one that clusters know by this very name', async t => {
  for (const zone of ['UTC', 'GMT', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Calcutta', 'America/Argentina/Buenos_Aires'])
    t.equal(timezoneProblem(zone), undefined, zone)
  for (const zone of ['Etc/GMT+5', 'America/Port-au-Prince', 'Europe/Kyiv', 'Antarctica/DumontDUrville', 'Etc/UTC'])
    t.equal(timezoneProblem(zone), undefined, zone)
  for (const zone of ['europe/berlin', 'EUROPE/BERLIN', 'Europe/berlin', 'Berlin', 'JST', 'Local', '+01:00', 'utc', ''])
    t.match(timezoneProblem(zone), /is not the name of a time zone; write one such as Europe\/Berlin, or UTC/, zone)
  for (const zone of ['Europe/Nowhere', '../etc/passwd', '/Europe/Berlin', 'Europe/Berlin ', 'Europe/Berlin\n'])
    t.match(timezoneProblem(zone), /^timezone: '/, zone)
})
