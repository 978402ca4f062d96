import t from 'tap'
import { comparePositions, positions } from '../../../src/jobs/log-position.ts'

t.test('lines of one moment are numbered, and none stands before the one above it', async t => {
  const place = positions('u')
  const times = [
    '',
    '2026-11-22T10:00:01Z',
    '2026-11-22T10:00:01.0Z',
    '2026-11-22T10:00:00Z',
    '2026-11-22T10:00:02Z',
    '',
  ]
  t.strictSame(
    times.map(time => place(time)).map(({ time, line }) => [time, line]),
    [
      ['', 0],
      ['2026-11-22T10:00:01.000000000', 0],
      ['2026-11-22T10:00:01.000000000', 1],
      ['2026-11-22T10:00:01.000000000', 2],
      ['2026-11-22T10:00:02.000000000', 0],
      ['2026-11-22T10:00:02.000000000', 1],
    ],
  )
})

t.test('positions are ordered by time, then by pod, then by number', async t => {
  const sorted = [
    { time: '1', pod: 'b', line: 9 },
    { time: '2', pod: 'a', line: 2 },
    { time: '2', pod: 'a', line: 10 },
    { time: '2', pod: 'b', line: 0 },
  ]
  t.strictSame(sorted.toReversed().sort(comparePositions), sorted)
})
