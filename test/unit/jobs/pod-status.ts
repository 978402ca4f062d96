import t from 'tap'
import { isEnded, isLivePod, podFacts, said } from '../../../src/jobs/pod-status.ts'
import { aPod, runningSince, waitingFor } from '../../support/job-objects.ts'

t.test('a pod has ended in one of two phases', async t => {
  const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']
  t.strictSame(
    phases.filter(phase => isEnded(aPod({ phase }))),
    ['Succeeded', 'Failed'],
  )
  t.strictSame(
    phases.filter(phase => !isLivePod(podFacts(aPod({ phase })))),
    ['Succeeded', 'Failed'],
  )
  t.notOk(isLivePod(podFacts(aPod({ phase: 'Running' }, { deletionTimestamp: '2026-11-22T11:00:00Z' }))))
})

t.test('only the container of the job counts', async t => {
  const other = runningSince('2026-11-22T10:00:00Z')
  const [status] = other.status?.containerStatuses ?? []
  const sidecar = {
    ...other,
    status: { phase: 'Pending', containerStatuses: status ? [{ ...status, name: 'sidecar' }] : [] },
  }
  t.equal(podFacts(sidecar).runningSince, undefined)
})

t.test('a container that prepares the pod counts while it does not end well', async t => {
  const prepared = (state: object) =>
    podFacts({
      ...waitingFor('PodInitializing'),
      spec: { containers: [{ name: 'job', image: 'a' }], initContainers: [{ name: 'prepare', image: 'b' }] },
      status: {
        ...waitingFor('PodInitializing').status,
        initContainerStatuses: [{ name: 'prepare', image: '', imageID: '', ready: false, restartCount: 2, state }],
      },
    })
  t.match(prepared({ terminated: { exitCode: 3 } }), { end: { code: 3 }, container: { image: 'b' }, restarts: 2 })
  t.match(prepared({ waiting: { reason: 'ErrImagePull' } }), { waiting: { reason: 'ErrImagePull' } })
  for (const state of [
    { terminated: { exitCode: 0 } },
    { running: {} },
    { waiting: { reason: 'PodInitializing' } },
    {},
  ])
    t.match(prepared(state), { waiting: { reason: 'PodInitializing' }, container: { image: 'a' }, restarts: 0 })
})

t.test("a cluster's words become one line of printable text", async t => {
  t.equal(said(' one\n two\t\u001b[31mthree. '), 'one two ?[31mthree')
  t.equal(said('x'.repeat(999)).length, 303)
  t.equal(said(null), '')
})
