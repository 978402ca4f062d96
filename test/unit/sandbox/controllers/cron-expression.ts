import t from 'tap'
import { CronError, parseCron } from '../../../../src/sandbox/controllers/cron-expression.ts'

function fieldsOf(text: string) {
  const expression = parseCron(text)
  if ('everySeconds' in expression) throw new Error(`${text} has no fields`)
  const { bothDays, ...fields } = expression
  return { bothDays, ...Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, [...values]])) }
}

t.test('a field is a list of values, ranges and steps, with names for months and weekdays', async t => {
  t.hasStrict(fieldsOf('5,10-12,50/4 */8 1-9/4 JAN-mar/2,12 mon-FRI'), {
    minutes: [5, 10, 11, 12, 50, 54, 58],
    hours: [0, 8, 16],
    days: [1, 5, 9],
    months: [1, 3, 12],
    weekdays: [1, 2, 3, 4, 5],
  })
  t.strictSame(fieldsOf(', +5 * * *')['minutes' as never], [], 'a lone comma is no value at all')
  t.strictSame(fieldsOf('1,,2 * * * *')['minutes' as never], [1, 2])
  t.strictSame(fieldsOf(' 0\t0  * * *'), fieldsOf('@daily'), 'any white space parts fields')
})

t.test('day of month and day of week are both to be right where one of them has a star', async t => {
  const both: [string, boolean][] = [
    ['0 0 13 * *', true],
    ['0 0 * * 5', true],
    ['0 0 ? * 5', true],
    ['0 0 */1 * 5', true],
    ['0 0 *,13 * 5', true],
    ['0 0 *-3 * 5', true],
    ['0 0 13 * 5', false],
    ['0 0 */2 * 5', false],
    ['0 0 1-31 * 5', false],
    ['0 0 13 * */3', false],
  ]
  for (const [text, expected] of both) t.equal(fieldsOf(text).bothDays, expected, text)
})

t.test('macros stand for fields, @every for a time between', async t => {
  t.strictSame(fieldsOf('@weekly'), fieldsOf('0 0 * * 0'))
  t.strictSame(fieldsOf('@annually'), fieldsOf('0 0 1 1 *'))
  t.strictSame(fieldsOf('TZ=Asia/Tokyo @hourly'), fieldsOf('0 * * * *'))
  t.strictSame(parseCron('@every 1h30m'), { everySeconds: 5400 })
  t.strictSame(parseCron('@every 1500ms'), { everySeconds: 1 })
  t.strictSame(parseCron('@every -5m'), { everySeconds: 1 }, 'no less than a second')
})

t.test('what is none says why, in the words of the library of Kubernetes', async t => {
  const errors: [string, string][] = [
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* 24 * * *', 'end of range (24) above maximum (23): 24'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* * * 13 *', 'end of range (13) above maximum (12): 13'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['* * * * sunday', 'failed to parse int from sunday: strconv.Atoi: parsing "sunday": invalid syntax'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['/5 * * * *', 'failed to parse int from : strconv.Atoi: parsing "": invalid syntax'],
    ['*/-1 * * * *', 'negative number (-1) not allowed: -1'],
    [
      '99999999999999999999 * * * *',
      'failed to parse int from 99999999999999999999: strconv.Atoi: parsing "99999999999999999999": value out of range',
    ],
    ['x y * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@reboot', 'unrecognized descriptor: @reboot'],
    ['@every', 'unrecognized descriptor: @every'],
    ['@every 1d', 'failed to parse duration @every 1d: time: unknown unit "d" in duration "1d"'],
    ['TZ=Nowhere * * * * *', 'provided bad location Nowhere: unknown time zone Nowhere'],
    ['CRON_TZ=UTC', 'invalid schedule format: runtime error: slice bounds out of range [:-1]'],
    ['TZ=UTC * * *', 'expected exactly 5 fields, found 3: [* * *]'],
  ]
  for (const [text, message] of errors) t.throws(() => parseCron(text), new CronError(message), text)
  t.throws(() => parseCron('toString'), CronError)
  t.throws(() => parseCron('@toString'), CronError)
})

t.test('a step is not counted out where it leads beyond the end at once', async t => {
  t.strictSame(fieldsOf('*/9007199254740991 * * * *')['minutes' as never], [0])
})
