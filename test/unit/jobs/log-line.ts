import t from 'tap'
import { momentOf, parseLogLine, resumable } from '../../../src/jobs/log-line.ts'

t.test('the time in front of a line is told apart from its text', async t => {
  const line = parseLogLine('one-abcde', '2026-11-22T10:00:00.123456789Z  two spaces ')
  t.strictSame(line, {
    datetime: '2026-11-22T10:00:00.123456789Z',
    pod: 'one-abcde',
    container: 'job',
    message: ' two spaces ',
  })
  t.equal(momentOf(line), Date.parse('2026-11-22T10:00:00.123Z'))
  t.match(parseLogLine('p', '2026-11-22T10:00:00Z'), { datetime: '2026-11-22T10:00:00Z', message: '' })
  t.match(parseLogLine('p', '2026-11-22T10:00:00+01:00 a'), { datetime: '2026-11-22T10:00:00+01:00', message: 'a' })
})

t.test('a line without a time is all text', async t => {
  const line = parseLogLine('p', 'failed to open: 2026-11-22T10:00:00Z x')
  t.match(line, { datetime: '', message: 'failed to open: 2026-11-22T10:00:00Z x' })
  t.ok(Number.isNaN(momentOf(line)))
})

const at = (time: string, message: string) => parseLogLine('p', `2026-11-22T10:00:0${time}Z ${message}`)
const messagesOf = (lines: ReturnType<typeof at>[]) => lines.map(({ message }) => message)

t.test('a log that is read again gives each line once, those of one moment too', async t => {
  const log = [at('0.5', 'a'), at('1', 'b'), at('1', 'c')]
  const read = resumable()
  t.equal(read.again(), undefined, 'from the start')
  t.strictSame(messagesOf(log.filter(read.isNew)), ['a', 'b', 'c'])
  t.equal(read.again(), '2026-11-22T10:00:01Z')
  log.push(at('1', 'd'), at('1.25', 'e'))
  t.strictSame(messagesOf(log.filter(read.isNew)), ['d', 'e'])
  t.equal(read.again(), '2026-11-22T10:00:01.25Z')
  t.strictSame(messagesOf(log.filter(read.isNew)), [], 'nothing came')
  read.again()
  log.push(at('1.3', 'f'))
  t.strictSame(messagesOf(log.filter(read.isNew)), ['f'])
})

t.test('times compare by value, however many digits they have', async t => {
  const read = resumable()
  t.ok([at('1.9', 'a'), at('1.95', 'b'), at('2', 'c')].every(read.isNew))
  t.equal(read.again(), '2026-11-22T10:00:02Z')
  t.notOk(read.isNew(at('1.95', 'b')))
  t.notOk(read.isNew(at('2.000', 'c')))
  t.ok(read.isNew(at('2.000000001', 'd')))
})

t.test('within one reading all lines count, also those a little out of order and those without a time', async t => {
  const read = resumable()
  const lines = [at('1.2', 'out'), at('1.1', 'err'), parseLogLine('p', 'no time'), at('1.3', 'out')]
  t.ok(lines.every(read.isNew))
})
