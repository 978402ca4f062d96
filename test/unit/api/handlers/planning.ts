import t from 'tap'
import { idOf, type Step } from '../../../../src/api/handlers/planning.ts'
import { job } from '../../../support/jobs-api.ts'

const step = (action: Step['planned']['action'], metadata?: object): Step => ({
  planned: { name: 'one', job_type: 'one-off', action, changes: [], restarts: false, problems: [], warnings: [] },
  present: metadata === undefined ? undefined : { kind: 'jobs', object: { metadata } },
})

t.test('a plan is named by what is asked for and by the objects that it changes, not by their state', async t => {
  const request = { jobs: [job()] }
  const id = idOf(request, [step('change', { uid: 'a', generation: 1 })])
  t.equal(idOf({ ...request, prune: false }, [step('change', { uid: 'a', generation: 1, resourceVersion: '5' })]), id)
  const others = [
    idOf({ ...request, prune: true }, [step('change', { uid: 'a', generation: 1 })]),
    idOf({ jobs: [job({ cmd: 'x' })] }, [step('change', { uid: 'a', generation: 1 })]),
    idOf(request, [step('change', { uid: 'b', generation: 1 })]),
    idOf(request, [step('change', { uid: 'a', generation: 2 })]),
    idOf(request, [step('change', { uid: 'a', generation: 1, annotations: { x: 'y' } })]),
    idOf(request, [step('create')]),
  ]
  t.equal(new Set([id, ...others]).size, others.length + 1)
})
