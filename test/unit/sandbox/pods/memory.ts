import { readFileSync } from 'node:fs'
import t from 'tap'
import { createMemoryWatch } from '../../../../src/sandbox/pods/memory.ts'
import { groupOf, hasProc } from '../../../../src/sandbox/pods/proc.ts'
import { createTestClock } from '../../../support/test-clock.ts'

const skip = hasProc() ? false : 'no /proc here'

/** The group of this very process: it surely holds some memory. */
const ownGroup = (): number => groupOf(readFileSync('/proc/self/stat', 'latin1'))

t.test('a group above its limit is told of once, one below it never', { skip }, async t => {
  const clock = createTestClock()
  const { watch } = createMemoryWatch({ clock })
  const told: string[] = []
  const ends = [
    watch(ownGroup(), 1000, () => told.push('small')),
    watch(ownGroup(), Number.MAX_SAFE_INTEGER, () => told.push('large')),
  ]
  await clock.advance(999)
  t.same(told, [])
  await clock.advance(5000)
  t.same(told, ['small'])
  for (const end of ends) end()
})

t.test('while there is nothing to watch, nobody looks', async t => {
  const clock = createTestClock()
  const { watch } = createMemoryWatch({ clock })
  t.equal(clock.sleepers(), 0)
  const first = watch(1, 2 ** 50, () => {})
  const second = watch(1, 2 ** 50, () => {})
  t.equal(clock.sleepers(), 1)
  first()
  t.equal(clock.sleepers(), 1)
  second()
  t.equal(clock.sleepers(), 0)
  const third = watch(1, 2 ** 50, () => {})
  await clock.advance(3000)
  t.equal(clock.sleepers(), 1)
  third()
  t.equal(clock.sleepers(), 0)
})
