import t from 'tap'
import { liveLine, timeText } from '../../../src/cli/live-line.ts'
import type { World } from '../../../src/cli/world.ts'
import { createTestClock } from '../../support/test-clock.ts'

const worldOf = (isTTY: boolean, environment: Record<string, string>) => {
  const written: string[] = []
  const clock = createTestClock()
  const stderr = { write: (text: string) => written.push(text), isTTY, columns: 30 }
  const world: Pick<World, 'environment' | 'stderr' | 'clock'> = { environment, clock, stderr }
  return { world, written, clock }
}

t.test('a time is said as people say it', async t => {
  for (const [seconds, text] of [
    [0, '0s'],
    [7.9, '7s'],
    [60, '1m00s'],
    [125, '2m05s'],
    [3720, '1h02m'],
    [360_000, '100h00m'],
  ] as const)
    t.equal(timeText(seconds), text)
})

t.test('on a terminal the line is written over, with the time, within its width, and taken away', async t => {
  const { world, written, clock } = worldOf(true, { LANG: 'C.UTF-8' })
  const line = liveLine(world)
  line.update('job is pending')
  await clock.advance(3000)
  line.update(`job \x1b[31m ${'x'.repeat(50)}`)
  line.end()
  const [first, , last] = [written[0], 0, written.at(-1)]
  t.equal(first, '\r\x1b[2K⠋ job is pending (0s)')
  const long = written.at(-2) ?? ''
  t.ok(long.startsWith('\r\x1b[2K'))
  t.equal(long.slice(5).length, 29)
  t.match(long, 'job \\x1b[31m')
  t.equal(last, '\r\x1b[2K')
})

t.test('a terminal without UTF-8 gets ASCII', async t => {
  const { world, written } = worldOf(true, { LANG: 'C' })
  const line = liveLine(world)
  line.update('x')
  line.end()
  t.equal(written[0], '\r\x1b[2K| x (0s)')
})

t.test('elsewhere each change is a line', async t => {
  for (const { world, written } of [worldOf(false, {}), worldOf(true, { TERM: 'dumb' })]) {
    const line = liveLine(world)
    for (const text of ['a', 'a', 'b', 'a']) line.update(text)
    line.end()
    t.same(written, ['a\n', 'b\n', 'a\n'])
  }
})
