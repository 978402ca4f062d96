import t from 'tap'
import { limitRanger } from '../../../../src/sandbox/admission/limit-ranger.ts'
import { limitRanges } from '../../../../src/sandbox/kinds/limit-range.ts'
import { pods } from '../../../../src/sandbox/kinds/pod.ts'
import { createTestStore, newOf, podSpec, refusalOf } from '../../../support/store.ts'

const container = {
  type: 'Container',
  default: { cpu: '500m', memory: '512Mi' },
  defaultRequest: { cpu: '250m', memory: '256Mi' },
  min: { cpu: '50m', memory: '100Mi' },
  max: { cpu: '1', memory: '4Gi' },
}

function setup(...limits: object[]) {
  const { store } = createTestStore({ admission: [limitRanger] })
  store.create(limitRanges, newOf(limitRanges, 'l', { spec: { limits } }))
  const create = (resources?: object, extra = {}) =>
    store.create(pods, newOf(pods, 'p', { spec: { ...podSpec(resources ? { resources } : {}), ...extra } }))
  const refused = (resources: object) => refusalOf(() => create(resources)).message
  return { create, refused }
}

t.test('a pod that says nothing gets the defaults, and a note of it', async t => {
  const { create } = setup(container)
  const pod = create(undefined, { initContainers: [{ name: 'i', image: 'x' }] })
  const resources = { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '250m', memory: '256Mi' } }
  t.strictSame(pod.spec.containers[0]?.resources, resources)
  t.strictSame(pod.spec.initContainers?.[0]?.resources, resources)
  t.equal(
    pod.metadata.annotations?.['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu, memory request for container job; cpu, memory limit for container job; cpu, memory request for init container i; cpu, memory limit for init container i',
  )
})

t.test('what a pod says stays', async t => {
  const { create } = setup(container)
  const pod = create({ limits: { cpu: '600m', memory: '1Gi' }, requests: { cpu: '60m', memory: '128Mi' } })
  t.match(pod.spec.containers[0]?.resources, { limits: { cpu: '600m' }, requests: { cpu: '60m' } })
  t.equal(pod.metadata.annotations, undefined)
})

t.test('too much and too little are refused in the words of Kubernetes', async t => {
  const { refused } = setup(container)
  t.equal(
    refused({ limits: { cpu: '2', memory: '1Gi' } }),
    'pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
  )
  t.equal(
    refused({ requests: { cpu: '10m' } }),
    'pods "p" is forbidden: minimum cpu usage per Container is 50m, but request is 10m',
  )
  t.equal(
    refused({ limits: { cpu: '2', memory: '5Gi' } }),
    'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 4Gi, but limit is 5Gi]',
  )
})

t.test('where there is no default, saying nothing is refused', async t => {
  const { refused } = setup({ type: 'Pod', max: { cpu: '1' }, min: { memory: '1Mi' } })
  t.equal(
    refused({}),
    'pods "p" is forbidden: [minimum memory usage per Pod is 1Mi.  No request is specified, maximum cpu usage per Pod is 1.  No limit is specified]',
  )
})

t.test('a pod is measured as a whole, and limits against requests', async t => {
  t.equal(
    setup({ type: 'Pod', max: { cpu: '300m' } }).refused({ limits: { cpu: '301m' } }),
    'pods "p" is forbidden: maximum cpu usage per Pod is 300m, but limit is 301m',
  )
  const ratio = setup({ type: 'Container', maxLimitRequestRatio: { cpu: '2' } })
  t.equal(
    ratio.refused({ limits: { cpu: '3' }, requests: { cpu: '1' } }),
    'pods "p" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
  )
  t.ok(ratio.create({ limits: { cpu: '2' }, requests: { cpu: '1' } }))
})
