import t from 'tap'
import { parseLogLine } from '../../../src/jobs/log-line.ts'
import { resumable } from '../../../src/jobs/log-resume.ts'

const pod = { name: 'p', container: 'job' }
const at = (time: string, message: string) => parseLogLine(pod, `2026-11-22T10:00:0${time}Z ${message}`)
const messagesOf = (lines: ReturnType<typeof at>[]) => lines.map(({ message }) => message)

t.test('a log that is read again from its last second on gives each line once', async t => {
  const log = [at('0.5', 'a'), at('1', 'b'), at('1', 'c')]
  const read = resumable()
  t.equal(read.again(), undefined, 'from the start')
  t.strictSame(messagesOf(log.filter(read.isNew)), ['a', 'b', 'c'])
  t.equal(read.again(), '2026-11-22T10:00:01Z')
  t.equal(read.inLastSecond, 2)
  log.push(at('1', 'd'), at('1.25', 'e'))
  t.strictSame(messagesOf(log.slice(1).filter(read.isNew)), ['d', 'e'])
  t.equal(read.again(), '2026-11-22T10:00:01Z')
  t.strictSame(messagesOf(log.slice(1).filter(read.isNew)), [], 'nothing came')
  read.again()
  log.push(at('1.3', 'f'))
  t.strictSame(messagesOf(log.slice(1).filter(read.isNew)), ['f'])
})

t.test('a reading that breaks off among known lines changes nothing', async t => {
  const log = [at('1', 'a'), at('1', 'b'), at('1', 'c')]
  const read = resumable()
  t.ok(log.every(read.isNew))
  read.again()
  t.notOk(log.slice(0, 1).some(read.isNew))
  read.again()
  log.push(at('1', 'd'))
  t.strictSame(messagesOf(log.filter(read.isNew)), ['d'])
})

t.test('lines out of order and those without a time count, also when they are read again', async t => {
  const read = resumable()
  const lines = [at('1.2', 'out'), at('1.1', 'err'), parseLogLine(pod, 'no time'), at('1.3', 'out')]
  t.ok(lines.every(read.isNew))
  read.again()
  const more = [...lines, at('1.25', 'late'), parseLogLine(pod, 'its rest')]
  t.strictSame(messagesOf(more.filter(read.isNew)), ['late', 'its rest'])
})

t.test('where the log begins anew what is newer is not taken for known', async t => {
  const read = resumable()
  t.ok([at('1', 'a'), at('1', 'b')].every(read.isNew))
  read.again()
  t.ok([at('1.5', 'c'), at('1.6', 'd')].every(read.isNew))
})
