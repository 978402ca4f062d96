import t from 'tap'
import { createRestartBackoff, goDuration, isRestarted } from '../../../../src/sandbox/pods/restarts.ts'

t.test('the policy and the exit code decide', async t => {
  const table = ['Never', 'OnFailure', 'Always', undefined].map(policy => [0, 1].map(code => isRestarted(policy, code)))
  t.same(table, [
    [false, false],
    [false, true],
    [true, true],
    [true, true],
  ])
})

t.test('at once, then 10 s doubled up to 5 minutes; a long run starts the row anew', async t => {
  const { next } = createRestartBackoff()
  t.same(
    Array.from({ length: 8 }, () => next(0)),
    [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000],
  )
  t.equal(next(600_000), 0)
  t.equal(next(0), 10_000)
})

t.test('durations are written as Go does', async t => {
  t.same([10_000, 160_000, 300_000].map(goDuration), ['10s', '2m40s', '5m0s'])
})
