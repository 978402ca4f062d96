import t from 'tap'
import { momentOf, parseLogLine, timeOf } from '../../../src/jobs/log-line.ts'

const parse = (text: string) => parseLogLine({ name: 'one-abcde', container: 'job' }, text)

t.test('the time in front of a line is told apart from its text', async t => {
  const line = parse('2026-11-22T10:00:00.123456789Z  two spaces ')
  t.strictSame(line, {
    datetime: '2026-11-22T10:00:00.123456789Z',
    pod: 'one-abcde',
    container: 'job',
    message: ' two spaces ',
  })
  t.equal(momentOf(line), Date.parse('2026-11-22T10:00:00.123Z'))
  t.match(parse('2026-11-22T10:00:00Z'), { datetime: '2026-11-22T10:00:00Z', message: '' })
  t.match(parse('2026-11-22T10:00:00+01:00 a'), { datetime: '2026-11-22T10:00:00+01:00', message: 'a' })
})

t.test('a line without a time is all text', async t => {
  const line = parse('failed to open: 2026-11-22T10:00:00Z x')
  t.match(line, { datetime: '', message: 'failed to open: 2026-11-22T10:00:00Z x' })
  t.ok(Number.isNaN(momentOf(line)))
})

t.test('times are compared as texts, whatever their zone and however many digits they have', async t => {
  const times: Record<string, string> = {
    '2026-11-22T10:00:00Z': '2026-11-22T10:00:00.000000000',
    '2026-11-22T10:00:00.5Z': '2026-11-22T10:00:00.500000000',
    '2026-11-22T10:00:00.123456789Z': '2026-11-22T10:00:00.123456789',
    '2026-11-22T00:30:00.000000001+01:00': '2026-11-21T23:30:00.000000001',
    '2026-11-22T10:00:00-02:30': '2026-11-22T12:30:00.000000000',
    '2026-13-22T10:00:00+01:00': '',
    '': '',
  }
  for (const [text, time] of Object.entries(times)) t.equal(timeOf(text), time, text)
})
