import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { groupOf, groups, hasProc, marked, memoryOf } from '../../../../src/sandbox/pods/proc.ts'

const skip = hasProc() ? false : 'no /proc here'

t.test('the group is found whatever the program is called', async t => {
  t.equal(groupOf('12 (sh) S 1 34 56 0 -1'), 34)
  t.equal(groupOf('12 (a) b (c)) S 1 34 56 0 -1'), 34)
})

t.test('a process is found by its group and by its mark, and only by the whole of it', { skip }, async t => {
  const mark = `test-proc-${process.pid}`
  const child = spawn('sleep', ['100'], { detached: true, env: { PATH: process.env['PATH'], TEST_PROC: mark } })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  t.same(groups().get(child.pid ?? 0), [child.pid])
  t.same(marked(`TEST_PROC=${mark}`), [child.pid])
  t.same(marked(`TEST_PROC=${mark.slice(0, -1)}`), [])
  t.same(marked(`PROC=${mark}`), [])
  t.ok(memoryOf(child.pid ?? 0) > 0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.same(marked(`TEST_PROC=${mark}`), [])
  t.equal(memoryOf(child.pid ?? 0), 0)
})
