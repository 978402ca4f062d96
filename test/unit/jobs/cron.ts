import fc from 'fast-check'
import t from 'tap'
import { type Cron, everComes, parseCron, restrictsBoth } from '../../../src/jobs/cron.ts'

function parsed(text: string): Cron {
  const cron = parseCron(text)
  if ('problem' in cron) throw new Error(`${text}: ${cron.problem}`)
  return cron
}
const valuesOf = (text: string) => {
  const { minute, hour, day, month, weekday } = parsed(text)
  return [minute, hour, day, month, weekday].map(({ values }) => values.join(','))
}

t.test('each form has its values', async t => {
  const all = valuesOf('* * * * *')
  t.equal(all[0], Array.from({ length: 60 }, (_, at) => at).join(','))
  t.strictSame(all.slice(3), ['1,2,3,4,5,6,7,8,9,10,11,12', '0,1,2,3,4,5,6'])
  t.strictSame(valuesOf('0 7 1 1 0'), ['0', '7', '1', '1', '0'])
  t.strictSame(valuesOf('5,1-3,*/30 00 1-31/10 jan,MAR-apr mon-fri'), [
    '0,1,2,3,5,30',
    '0',
    '1,11,21,31',
    '1,3,4',
    '1,2,3,4,5',
  ])
  t.strictSame(valuesOf('50/5 20/2 30/1 11/1 5/1'), ['50,55', '20,22', '30,31', '11,12', '5,6'])
  t.strictSame(valuesOf(' 0\t0  1 1 sun '), ['0', '0', '1', '1', '0'])
})

t.test('a week may end with its Sunday, and Kubernetes is told of it as 0', async t => {
  const texts: [string, string, string][] = [
    ['7', '0', '0'],
    ['5-7', '0,5,6', '0,5,6'],
    ['fri-sun', '0,5,6', '0,5,6'],
    ['sun-tue', '0,1,2', 'sun-tue'],
    ['sun-sun', '0', '0'],
    ['0-7', '0,1,2,3,4,5,6', '0,1,2,3,4,5,6'],
    ['1-7/2', '0,1,3,5', '0,1,3,5'],
    ['7/2', '0', '0'],
    ['*/7', '0', '*/7'],
    ['mon,7', '0,1', 'mon,0'],
  ]
  for (const [text, values, written] of texts) {
    t.equal(valuesOf(`0 0 * * ${text}`)[4], values, text)
    t.equal(parsed(`0 0 * * ${text}`).text, `0 0 * * ${written}`, text)
  }
})

t.test('what Kubernetes takes is handed on as it was written', async t => {
  t.equal(parsed('  */5\t8-18/2 1,15 JAN-Mar Mon-FRI ').text, '*/5 8-18/2 1,15 jan-mar mon-fri')
})

const refusals: [string, RegExp][] = [
  ['', /five fields are expected .*, not 1$/],
  ['* * * *', /not 4$/],
  ['* * * * * *', /not 6$/],
  ['TZ=UTC 0 0 * * *', /a time zone is a field of its own, timezone/],
  ['CRON_TZ=Europe/Berlin 0 0 * * *', /a time zone is a field of its own/],
  ['60 * * * *', /^'60' is not within 0 to 59 \(minute\)$/],
  ['* 24 * * *', /^'24' is not within 0 to 23 \(hour\)$/],
  ['* * 0 * *', /^'0' is not within 1 to 31 \(day of the month\)$/],
  ['* * 32 * *', /^'32' is not within/],
  ['* * * 13 *', /^'13' is not within 1 to 12 or jan to dec \(month\)$/],
  ['* * * 0 *', /^'0' is not within/],
  ['* * * * 8', /^'8' is not within 0 to 7 or sun to sat \(day of the week\)$/],
  ['* * * * 6-8', /^'6-8' is not within/],
  ['* * * * jan', /^'jan' is not within/],
  ['* * mon * *', /^'mon' is not within/],
  ['5-1 * * * *', /^'5-1' runs backwards/],
  ['* * * * fri-mon', /^'fri-mon' runs backwards/],
  ['*/0 * * * *', /^'\*\/0' has a step that is not between 1 and 59$/],
  ['*/60 * * * *', /has a step that is not/],
  ['1-2-3 * * * *', /^'1-2-3' is no minute/],
  ['1,,2 * * * *', /^'' is no minute/],
  ['1, * * * *', /^'' is no minute/],
  ['*-5 * * * *', /is no minute/],
  ['** * * * *', /is no minute/],
  ['? * * * *', /is no minute/],
  ['L * * * *', /is no minute/],
  ['-1 * * * *', /is no minute/],
  ['+1 * * * *', /is no minute/],
  ['1.5 * * * *', /is no minute/],
  ['001 * * * *', /is no minute/],
  ['a\u0007 * * * *', /^'a\?' is no minute/],
  ['٣ * * * *', /is no minute/],
  ['* * * * mond', /is no day of the week/],
]
for (const [text, problem] of refusals)
  t.test(`${JSON.stringify(text)} is refused with a reason`, async t => {
    const read = parseCron(text)
    t.match('problem' in read ? read.problem : 'none', problem)
  })

t.test('a star without a step makes a day fit both fields of days', async t => {
  t.equal(restrictsBoth(parsed('0 0 1 * mon')), false)
  t.equal(restrictsBoth(parsed('0 0 * * mon')), true)
  t.equal(restrictsBoth(parsed('0 0 1 * *')), true)
  t.equal(restrictsBoth(parsed('0 0 1,* * mon')), true)
  t.equal(restrictsBoth(parsed('0 0 */1 * mon')), true)
  t.equal(restrictsBoth(parsed('0 0 */2 * mon')), false)
  t.equal(restrictsBoth(parsed('0 0 1 * */2')), false)
})

t.test('a date that no calendar has never comes', async t => {
  for (const text of ['0 0 31 2 *', '0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 30-31 feb *', '0 0 31 2 0-6,*'])
    t.equal(everComes(parsed(text)), false, text)
  for (const text of ['0 0 29 2 *', '0 0 31 2,3 *', '0 0 1,31 2 *', '0 0 31 2 mon', '0 0 31 2 */2', '0 0 * 2 *'])
    t.equal(everComes(parsed(text)), true, text)
})

t.test('what was read and written is read as the same again, and no text makes the parser throw', async () => {
  const unit = fc.constantFrom(...'0123456789*,-/ ', ' ', ' ', ' ', 'mon', 'jan', 'sun', '\t', '=')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 30 }), text => {
      const cron = parseCron(text)
      if ('problem' in cron) return cron.problem.length > 0
      const again = parsed(cron.text)
      return again.text === cron.text && valuesOf(cron.text).join(' ') === valuesOf(text).join(' ')
    }),
    { numRuns: 500 },
  )
})
