import t from 'tap'
import { durationText } from '../../../src/jobs/duration.ts'

t.test('a span is told in its two greatest units', async t => {
  const spans: [number, string][] = [
    [-5000, '0s'],
    [999, '0s'],
    [1000, '1s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [310_000, '5m10s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [3_720_000, '1h2m'],
    [86_399_000, '23h59m'],
    [86_400_000, '1d'],
    [93_600_000, '1d2h'],
    [86_400_000 * 400, '400d'],
  ]
  for (const [milliseconds, text] of spans) t.equal(durationText(milliseconds), text)
})
