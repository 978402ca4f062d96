import t from 'tap'
import { clone } from '../../../../src/sandbox/json.ts'
import { pods } from '../../../../src/sandbox/kinds/pod.ts'
import type { Pod } from '../../../../src/sandbox/kinds/types.ts'
import { createTestStore, found, newOf, podSpec, refusalOf } from '../../../support/store.ts'

function setup() {
  const { store } = createTestStore()
  store.create(pods, newOf(pods, 'p', { spec: podSpec(), status: { phase: 'Running' } }))
  const change = (edit: (spec: Pod['spec']) => void) => {
    const pod = clone(found(store, pods, 'p'))
    edit(pod.spec)
    return () => store.update(pods, pod)
  }
  return { store, change, pod: found(store, pods, 'p') }
}

t.test('a new pod is pending, whatever was said', async t => {
  const { pod } = setup()
  t.strictSame(pod.status, { phase: 'Pending', qosClass: 'BestEffort' })
  t.match(pod.spec, { priority: 0, preemptionPolicy: 'PreemptLowerPriority', enableServiceLinks: true })
  t.equal(pod.metadata.generation, 1)
})

t.test('no account, token or toleration is added to it', async t => {
  const { pod } = setup()
  for (const field of ['serviceAccountName', 'tolerations', 'volumes']) t.notOk(field in pod.spec, field)
})

t.test('of its spec only images and a shorter deadline may change', async t => {
  const { change } = setup()
  t.ok(change(spec => Object.assign(spec.containers[0] ?? {}, { image: 'y:2' }))())
  t.ok(change(spec => Object.assign(spec, { activeDeadlineSeconds: 60 }))())
  t.ok(change(spec => Object.assign(spec, { tolerations: [{ key: 'a', operator: 'Exists' }] }))())
  t.match(
    refusalOf(change(spec => Object.assign(spec, { activeDeadlineSeconds: 61 }))).message,
    'must be less than or equal to previous value',
  )
  t.match(
    refusalOf(change(spec => Object.assign(spec.containers[0] ?? {}, { command: ['x'] }))).message,
    'Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than',
  )
  t.equal(refusalOf(change(spec => Object.assign(spec, { nodeName: 'n' }))).code, 422, 'only a scheduler binds it')
})

t.test('a pod gets its time only where it runs', async t => {
  const { pod } = setup()
  const grace = (fields: Partial<Pod['spec']>, requested?: number, phase = 'Running') =>
    pods.grace?.({ ...pod, spec: { ...pod.spec, ...fields }, status: { phase } }, requested)
  t.equal(grace({}), 0, 'it has no node')
  t.equal(grace({ nodeName: 'n' }), 30)
  t.equal(grace({ nodeName: 'n' }, 5), 5)
  t.equal(grace({ nodeName: 'n' }, -5), 1)
  t.equal(grace({ nodeName: 'n' }, undefined, 'Succeeded'), 0)
})

t.test('its table says why it waits or how it ended', async t => {
  const { pod } = setup()
  const cells = (status: Pod['status']) => pods.columns?.map(column => column.value({ ...pod, status }))
  const state = (fields: object) => ({
    containerStatuses: [{ name: 'job', image: '', imageID: '', ready: true, restartCount: 2, state: fields }],
  })
  t.strictSame(cells({ phase: 'Pending' }), ['0/1', 'Pending', 0])
  t.strictSame(cells(state({ waiting: { reason: 'ErrImagePull' } })), ['1/1', 'ErrImagePull', 2])
  t.strictSame(cells(state({ terminated: { reason: 'OOMKilled', exitCode: 137 } }))?.[1], 'OOMKilled')
  t.equal(cells({ phase: 'Failed', reason: 'DeadlineExceeded' })?.[1], 'DeadlineExceeded')
  const leaving = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: 'x' } }
  t.equal(pods.columns?.[1]?.value(leaving), 'Terminating')
})
