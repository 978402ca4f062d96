import t from 'tap'
import { hasLog, isEnded, podState, said } from '../../../src/jobs/pod-status.ts'
import { aPod, endedWith, runningSince, waitingFor } from '../../support/job-objects.ts'

t.test('a log can be read when the container has begun', async t => {
  t.ok(hasLog(runningSince('2026-11-22T10:00:00Z')))
  t.ok(hasLog(endedWith(0, {}, 'Succeeded')))
  t.notOk(hasLog(waitingFor('ContainerCreating')))
  t.notOk(hasLog(aPod({ phase: 'Pending' })))
  t.notOk(hasLog({}))
})

t.test('a pod has ended in one of two phases', async t => {
  const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']
  t.strictSame(
    phases.filter(phase => isEnded(aPod({ phase }))),
    ['Succeeded', 'Failed'],
  )
})

t.test('only the container of the job counts', async t => {
  const other = runningSince('2026-11-22T10:00:00Z')
  const [status] = other.status?.containerStatuses ?? []
  const sidecar = {
    ...other,
    status: { phase: 'Pending', containerStatuses: status ? [{ ...status, name: 'sidecar' }] : [] },
  }
  t.match(podState(sidecar, []), { state: 'waiting', since: '2026-11-22T10:00:01Z' })
  t.notOk(hasLog(sidecar))
})

t.test("a cluster's words become one line of printable text", async t => {
  t.equal(said(' one\n two\t\u001b[31mthree. '), 'one two ?[31mthree')
  t.equal(said('x'.repeat(999)).length, 303)
})
