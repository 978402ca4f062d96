import t from 'tap'
import { parseDuration } from '../../../../src/sandbox/controllers/cron-duration.ts'

t.test('durations are those of Go', async t => {
  const durations: [string, number][] = [
    ['0', 0],
    ['-0', 0],
    ['90s', 90_000],
    ['1h30m5s', 5_405_000],
    ['+1.5h', 5_400_000],
    ['.5m', 30_000],
    ['1.s', 1000],
    ['250ms', 250],
    ['3us', 0.003],
    ['3µs', 0.003],
    ['-5m', -300_000],
  ]
  for (const [text, milliseconds] of durations) t.strictSame(parseDuration(text), { milliseconds }, text)
})

t.test('what is none is called so in the words of Go', async t => {
  const errors: [string, string][] = [
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['h', 'time: invalid duration "h"'],
    ['.h', 'time: invalid duration ".h"'],
    [' 1h', 'time: invalid duration " 1h"'],
    ['5', 'time: missing unit in duration "5"'],
    ['1..5h', 'time: missing unit in duration "1..5h"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1h-1m', 'time: unknown unit "h-" in duration "1h-1m"'],
    ['2562048h', 'time: invalid duration "2562048h"'],
  ]
  for (const [text, error] of errors) t.strictSame(parseDuration(text), { error }, text)
})
