import t from 'tap'
import { shownJob } from '../../../../src/api/handlers/shown-job.ts'
import type { Observed } from '../../../../src/jobs/observed.ts'

const at = (time: string) => ({ images: [], now: Date.parse(`2026-11-22T${time}Z`), includeUnset: true })

/** As a view keeps it: frozen. Midnight and noon. */
function scheduled(schedule: string): Observed {
  const container = { name: 'job', image: 'i', command: ['true'] }
  const template = { spec: { restartPolicy: 'Never', containers: [container] } }
  const object = Object.freeze({
    metadata: { name: 'one', uid: 'u' },
    spec: { schedule, jobTemplate: { spec: { template } } },
  })
  return { workload: { kind: 'cronjobs', object }, jobs: [], pods: [], events: [] }
}

const runsAt = (observed: Observed, time: string) => shownJob(observed, at(time)).status.next_runs

t.test('what is remembered of a job that did not change does not stop its next runs from moving on', async t => {
  const observed = scheduled('0 0,12 * * *')
  const before = ['2026-11-22T12:00:00Z', '2026-11-23T00:00:00Z', '2026-11-23T12:00:00Z']
  t.same(runsAt(observed, '10:00:00'), before)
  t.same(runsAt(observed, '11:59:59'), before, 'still the same')
  t.same(runsAt(observed, '12:00:00'), ['2026-11-23T00:00:00Z', '2026-11-23T12:00:00Z', '2026-11-24T00:00:00Z'])
  t.same(runsAt(observed, '10:00:00'), before, 'and back with the clock')
})

t.test('a job that was changed is read anew', async t => {
  t.same(runsAt(scheduled('0 11 * * *'), '10:00:00')?.[0], '2026-11-22T11:00:00Z')
  t.same(runsAt(scheduled('0 13 * * *'), '10:00:00')?.[0], '2026-11-22T13:00:00Z')
})
