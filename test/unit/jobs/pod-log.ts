import t from 'tap'
import { podLogFacts } from '../../../src/jobs/pod-log.ts'
import type { KubePod } from '../../../src/jobs/wire.ts'
import { aPod, endedWith, runningSince, waitingFor } from '../../support/job-objects.ts'

type Status = NonNullable<NonNullable<KubePod['status']>['containerStatuses']>[number]
const ended = (containerID: string, finishedAt = '2026-11-22T10:00:05Z') => ({
  terminated: { exitCode: 1, containerID, finishedAt },
})
const podWith = (status: Partial<Status>): KubePod =>
  aPod({
    phase: 'Running',
    containerStatuses: [{ name: 'job', image: 'i', imageID: '', ready: false, restartCount: 1, ...status }],
  })

t.test('there is a log once a container has begun', async t => {
  t.match(podLogFacts(runningSince('2026-11-22T10:00:00Z')), { container: 'job', endedRun: undefined })
  t.match(podLogFacts(endedWith(0, {}, 'Succeeded')), { container: 'job', endedRun: String })
  for (const pod of [waitingFor('ContainerCreating'), aPod({ phase: 'Pending' }), {}])
    t.equal(podLogFacts(pod), undefined)
})

t.test('a container that waits to be started again has the log of its last run', async t => {
  const waiting = { waiting: { reason: 'CrashLoopBackOff' } }
  t.strictSame(podLogFacts(podWith({ containerID: 'x://1', state: waiting, lastState: ended('x://1') })), {
    container: 'job',
    endedRun: 'x://1 2026-11-22T10:00:05Z',
  })
})

t.test('a run after another has both logs', async t => {
  const previousUntil = Date.parse('2026-11-22T10:00:05Z')
  const running = { running: { startedAt: '2026-11-22T10:00:15Z' } }
  const lastState = ended('x://1')
  t.strictSame(podLogFacts(podWith({ containerID: 'x://2', state: running, lastState })), {
    container: 'job',
    previousUntil,
  })
  const over = ended('x://2', '2026-11-22T10:00:20Z')
  t.strictSame(podLogFacts(podWith({ containerID: 'x://2', state: over, lastState })), {
    container: 'job',
    previousUntil,
    endedRun: 'x://2 2026-11-22T10:00:20Z',
  })
  const unknown = podWith({ containerID: 'x://2', state: running, lastState: { terminated: { exitCode: 1 } } })
  t.match(podLogFacts(unknown), { previousUntil: Number.POSITIVE_INFINITY })
})

t.test('where a run could not be made, the log is that of the run before', async t => {
  const state = { terminated: { exitCode: 128, reason: 'StartError' } }
  t.strictSame(podLogFacts(podWith({ state, lastState: ended('x://1') })), {
    container: 'job',
    endedRun: 'x://1 2026-11-22T10:00:05Z',
  })
})
