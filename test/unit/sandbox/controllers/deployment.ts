import t, { type Test } from 'tap'
import { rfc3339 } from '../../../../src/platform/clock.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { createDeploymentController } from '../../../../src/sandbox/controllers/deployment.ts'
import { createEvents } from '../../../../src/sandbox/controllers/events.ts'
import { createReplicaSetController } from '../../../../src/sandbox/controllers/replica-set.ts'
import { startGarbageCollector } from '../../../../src/sandbox/gc.ts'
import { deployments } from '../../../../src/sandbox/kinds/deployment.ts'
import { events } from '../../../../src/sandbox/kinds/event.ts'
import { pods } from '../../../../src/sandbox/kinds/pod.ts'
import { replicaSets } from '../../../../src/sandbox/kinds/replica-set.ts'
import type { Deployment, Pod, ReplicaSet } from '../../../../src/sandbox/kinds/types.ts'
import { forbidden } from '../../../../src/sandbox/status.ts'
import { type Admission, createStore } from '../../../../src/sandbox/store.ts'
import { createTestClock } from '../../../support/test-clock.ts'

const namespace = 'tool-a'

function setup(
  t: Test,
  { admission = [], portsCollide = false }: { admission?: Admission[]; portsCollide?: boolean } = {},
) {
  const clock = createTestClock()
  const log = quietLog
  const store = createStore({ kinds: [deployments, replicaSets, pods, events], clock, log, admission })
  const { recorder } = createEvents({ store, events, clock, log })
  const common = { store, replicaSets, clock, log }
  const controllers = [
    createReplicaSetController({ ...common, pods, record: recorder({ component: 'replicaset-controller' }) }),
    createDeploymentController({
      ...common,
      deployments,
      record: recorder({ component: 'deployment-controller' }),
      portsCollide,
    }),
  ]
  t.teardown(startGarbageCollector(store))
  for (const controller of controllers) {
    controller.start()
    t.teardown(controller.stop)
  }

  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await clock.advance(0)
  }
  const template = (image: string, container: object = {}) => ({
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'job', image, ...container }] },
  })
  const create = async (spec: object = {}, container: object = {}) => {
    const selector = { matchLabels: { app: 'web' } }
    store.create(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: { selector, template: template('i:1', container), ...spec },
    })
    await settle()
  }
  const get = (): Deployment => {
    const found = store.get(deployments, { namespace, name: 'web' })
    if (found === undefined) throw new Error('no deployment')
    return found
  }
  const change = async (spec: object, annotations: Record<string, string> = {}) => {
    const { resourceVersion: _, ...metadata } = get().metadata
    store.update(deployments, {
      ...get(),
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
      spec: { ...get().spec, ...spec },
    })
    await settle()
  }
  const rollTo = (image: string, container: object = {}) => change({ template: template(image, container) })
  const sets = (): ReplicaSet[] =>
    store
      .list(replicaSets)
      .items.toSorted(
        (a, b) =>
          Number(a.metadata.annotations?.['deployment.kubernetes.io/revision']) -
          Number(b.metadata.annotations?.['deployment.kubernetes.io/revision']),
      )
  const imageOf = ({ spec }: Pick<ReplicaSet | Pod, never> & { spec: ReplicaSet['spec'] }) =>
    spec.template.spec.containers[0]?.image
  const sizes = () => sets().map(set => [imageOf(set), set.spec.replicas])
  const allPods = (): Pod[] => store.list(pods).items
  const livePods = (image?: string): Pod[] =>
    allPods().filter(
      ({ metadata, spec }) =>
        metadata.deletionTimestamp === undefined && (image === undefined || spec.containers[0]?.image === image),
    )
  /** What a node does with a pod: it runs, and is ready. */
  const ready = async (...some: Pod[]) => {
    for (const pod of some) {
      const { resourceVersion: _, ...metadata } = pod.metadata
      store.update(pods, { ...pod, metadata, spec: { ...pod.spec, nodeName: 'n' } }, { subresource: 'binding' })
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: rfc3339(clock.now()) }]
      const status = { ...pod.status, phase: 'Running', conditions }
      store.update(pods, { ...pod, metadata, spec: { ...pod.spec, nodeName: 'n' }, status }, { subresource: 'status' })
    }
    await settle()
  }
  /** What a kubelet does with pods that are being deleted, in the end. */
  const reap = async () => {
    for (const { metadata } of allPods()) {
      if (metadata.deletionTimestamp !== undefined) store.remove(pods, metadata, { gracePeriodSeconds: 0 })
    }
    await settle()
  }
  /** Everything that wants to be ready is, and what has to go goes, until nothing changes. */
  const finish = async () => {
    for (let round = 0; round < 20; round++) {
      await ready(...livePods().filter(({ status }) => status.phase === 'Pending'))
      await reap()
    }
  }
  const told = (): string[] =>
    store
      .list(events)
      .items.toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(event => `${event.type} ${event.reason}: ${event.message}`)
  return {
    clock,
    store,
    create,
    get,
    change,
    rollTo,
    sets,
    sizes,
    allPods,
    livePods,
    ready,
    reap,
    finish,
    told,
    settle,
  }
}

const reasons = ({ status }: { status: Deployment['status'] }): string[] =>
  (status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`).sort()
const messageOf = ({ status }: Deployment, type: string): string | undefined =>
  status.conditions?.find(condition => condition.type === type)?.message

t.test('a new deployment makes a replica set, which makes pods, and says how far it is', async t => {
  const { create, get, sets, livePods, ready, told } = setup(t)
  await create({ replicas: 2 })
  const [set] = sets()
  const hash = set?.metadata.labels?.['pod-template-hash'] ?? ''
  t.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/)
  t.hasStrict(set, {
    metadata: {
      name: `web-${hash}`,
      labels: { app: 'web', 'pod-template-hash': hash },
      annotations: {
        'deployment.kubernetes.io/desired-replicas': '2',
        'deployment.kubernetes.io/max-replicas': '3',
        'deployment.kubernetes.io/revision': '1',
      },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: get().metadata.uid, controller: true },
      ],
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
      template: { metadata: { labels: { app: 'web', 'pod-template-hash': hash } } },
    },
  })
  t.equal(livePods().length, 2)
  for (const { metadata } of livePods()) {
    t.match(metadata.name, new RegExp(`^web-${hash}-[a-z0-9]{5}$`))
    t.strictSame(metadata.labels, { app: 'web', 'pod-template-hash': hash })
    t.hasStrict(metadata.ownerReferences, [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `web-${hash}`, controller: true },
    ])
  }
  t.equal(get().metadata.annotations?.['deployment.kubernetes.io/revision'], '1')
  t.equal(get().metadata.generation, 1)
  t.hasStrict(get().status, { observedGeneration: 1, replicas: 2, updatedReplicas: 2, unavailableReplicas: 2 })
  t.strictSame(reasons(get()), ['Available=False MinimumReplicasUnavailable', 'Progressing=True ReplicaSetUpdated'])
  await ready(...livePods().slice(0, 1))
  t.hasStrict(get().status, { readyReplicas: 1, availableReplicas: 1, unavailableReplicas: 1 })
  await ready(...livePods())
  const { conditions, ...counts } = get().status
  t.strictSame(counts, {
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    terminatingReplicas: 0,
  })
  t.strictSame(reasons(get()), ['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable'])
  t.equal(messageOf(get(), 'Progressing'), `ReplicaSet "web-${hash}" has successfully progressed.`)
  t.equal(told()[0], `Normal ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 2`)
  t.match(told()[1], new RegExp(`^Normal SuccessfulCreate: Created pod: web-${hash}-`))
})

t.test('a pod that is deleted is replaced', async t => {
  const { store, create, livePods, finish, settle } = setup(t)
  await create()
  await finish()
  const [first] = livePods()
  if (first === undefined) throw new Error('no pod')
  store.remove(pods, first.metadata, { gracePeriodSeconds: 0 })
  await settle()
  t.equal(livePods().length, 1)
  t.not(livePods()[0]?.metadata.name, first.metadata.name)
})

t.test('a rolling update goes step by step, and never has too few or too many', async t => {
  const { create, get, rollTo, sizes, livePods, ready, reap, finish, told } = setup(t)
  await create({ replicas: 4 })
  await finish()
  await rollTo('i:2')
  // 25 % of 4: one more, one less.
  t.strictSame(sizes(), [
    ['i:1', 3],
    ['i:2', 2],
  ])
  t.equal(livePods().length, 5)
  t.match(reasons(get()), ['Available=True MinimumReplicasAvailable', 'Progressing=True ReplicaSetUpdated'])
  await ready(...livePods('i:2').slice(0, 1))
  await reap()
  t.strictSame(sizes(), [
    ['i:1', 2],
    ['i:2', 3],
  ])
  for (let round = 0; round < 20; round++) {
    await ready(
      ...livePods('i:2')
        .filter(({ status }) => status.phase === 'Pending')
        .slice(0, 1),
    )
    const available = livePods().filter(({ status }) => status.phase === 'Running').length
    t.ok(available >= 3, 'enough are available')
    t.ok(livePods().length <= 5, 'not too many')
    await reap()
  }
  t.strictSame(sizes(), [
    ['i:1', 0],
    ['i:2', 4],
  ])
  t.equal(get().metadata.annotations?.['deployment.kubernetes.io/revision'], '2')
  t.match(told().join('\n'), /Scaled down replica set web-\w+ from 4 to 3/)
  t.match(told().join('\n'), /Scaled up replica set web-\w+ from 0 to 1/)
  t.match(told().join('\n'), /SuccessfulDelete: Deleted pod: web-/)
})

t.test('one replica is replaced without a gap', async t => {
  const { create, rollTo, sizes, finish } = setup(t)
  await create()
  await finish()
  await rollTo('i:2')
  t.strictSame(sizes(), [
    ['i:1', 1],
    ['i:2', 1],
  ])
  await finish()
  t.strictSame(sizes(), [
    ['i:1', 0],
    ['i:2', 1],
  ])
})

t.test('an annotation of the template restarts everything by a rollout', async t => {
  const { create, get, change, livePods, finish } = setup(t)
  await create({ replicas: 2 })
  await finish()
  const before = livePods().map(({ metadata }) => metadata.name)
  const { template } = get().spec
  const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-11-22T10:00:00Z' }
  await change({ template: { ...template, metadata: { ...template.metadata, annotations } } })
  await finish()
  t.equal(livePods().length, 2)
  for (const { metadata } of livePods()) {
    t.notOk(before.includes(metadata.name))
    t.strictSame(metadata.annotations, annotations)
  }
})

t.test('back to a former template its set is used again, with a new revision', async t => {
  const { create, rollTo, sets, sizes, finish, get } = setup(t)
  await create()
  await finish()
  const [first] = sets()
  await rollTo('i:2')
  await finish()
  await rollTo('i:1')
  await finish()
  t.strictSame(sizes(), [
    ['i:2', 0],
    ['i:1', 1],
  ])
  const again = sets().at(-1)
  t.equal(again?.metadata.name, first?.metadata.name)
  t.hasStrict(again?.metadata.annotations, {
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  })
  t.equal(get().metadata.annotations?.['deployment.kubernetes.io/revision'], '3')
})

t.test('Recreate waits until the old pods are gone', async t => {
  const { create, rollTo, sizes, livePods, allPods, reap, finish } = setup(t)
  await create({ replicas: 2, strategy: { type: 'Recreate' } })
  await finish()
  await rollTo('i:2')
  t.strictSame(sizes(), [['i:1', 0]])
  t.equal(livePods().length, 0)
  t.equal(allPods().length, 2, 'they are ending')
  await reap()
  t.strictSame(sizes(), [
    ['i:1', 0],
    ['i:2', 2],
  ])
  t.equal(livePods('i:2').length, 2)
})

t.test('where ports collide, what has ports ends before its successor begins', async t => {
  const ports = { ports: [{ containerPort: 8000 }] }
  const { create, rollTo, sizes, reap, finish, get } = setup(t, { portsCollide: true })
  await create({}, ports)
  await finish()
  await rollTo('i:2', ports)
  t.strictSame(sizes(), [['i:1', 0]])
  await reap()
  t.strictSame(sizes(), [
    ['i:1', 0],
    ['i:2', 1],
  ])
  await finish()
  t.match(reasons(get()), ['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable'])
})

t.test('scaling makes no revision, and is proportional in the midst of a rollout', async t => {
  const { create, change, rollTo, sizes, finish, get } = setup(t)
  await create({ replicas: 2 })
  await finish()
  await change({ replicas: 3 })
  await finish()
  t.strictSame(sizes(), [['i:1', 3]])
  t.strictSame(get().status.observedGeneration, 2)
  await change({ replicas: 10, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } })
  await finish()
  await rollTo('i:broken')
  t.strictSame(sizes(), [
    ['i:1', 8],
    ['i:broken', 5],
  ])
  await change({ replicas: 15 })
  t.strictSame(sizes(), [
    ['i:1', 11],
    ['i:broken', 7],
  ])
  await change({ replicas: 0 })
  t.strictSame(sizes(), [
    ['i:1', 0],
    ['i:broken', 0],
  ])
})

t.test('paused it scales, but does not roll', async t => {
  const { create, change, rollTo, sizes, finish, get } = setup(t)
  await create()
  await finish()
  await change({ paused: true })
  t.match(reasons(get()), ['Available=True MinimumReplicasAvailable', 'Progressing=Unknown DeploymentPaused'])
  await rollTo('i:2')
  await change({ replicas: 2 })
  t.strictSame(sizes(), [['i:1', 2]])
  await change({ paused: false })
  await finish()
  t.strictSame(sizes(), [
    ['i:1', 0],
    ['i:2', 2],
  ])
})

t.test('no more old sets are kept than are asked for', async t => {
  const { create, rollTo, sizes, finish } = setup(t)
  await create({ revisionHistoryLimit: 1 })
  await finish()
  for (const image of ['i:2', 'i:3', 'i:4']) {
    await rollTo(image)
    await finish()
  }
  t.strictSame(sizes(), [
    ['i:3', 0],
    ['i:4', 1],
  ])
})

t.test('a rollout without progress times out, and may still succeed', async t => {
  const { clock, create, get, finish, sets } = setup(t)
  await create({ progressDeadlineSeconds: 60 })
  await clock.advance(59_000)
  t.match(reasons(get()), [/./, 'Progressing=True ReplicaSetUpdated'])
  await clock.advance(3000)
  t.match(reasons(get()), [/./, 'Progressing=False ProgressDeadlineExceeded'])
  t.equal(messageOf(get(), 'Progressing'), `ReplicaSet "${sets()[0]?.metadata.name}" has timed out progressing.`)
  await finish()
  t.match(reasons(get()), ['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable'])
})

t.test('what a quota refuses is a failure that says so, until there is room', async t => {
  let full = true
  const quota: Admission = {
    validate: ({ kind, object }) => {
      if (full && kind.plural === 'pods')
        throw forbidden(kind, { name: object.metadata.name, why: 'exceeded quota: q' })
    },
  }
  const { clock, create, get, sets, livePods, told, settle } = setup(t, { admission: [quota] })
  await create({ replicas: 2 })
  t.match(reasons(get()), [
    'Available=False MinimumReplicasUnavailable',
    'Progressing=True NewReplicaSetCreated',
    'ReplicaFailure=True FailedCreate',
  ])
  t.match(messageOf(get(), 'ReplicaFailure'), /^pods "web-\w+-\w{5}" is forbidden: exceeded quota: q$/)
  t.equal(get().status.unavailableReplicas, 2)
  t.match(sets()[0]?.status, { replicas: 0, conditions: [{ type: 'ReplicaFailure', reason: 'FailedCreate' }] })
  t.equal(told().filter(text => /^Warning FailedCreate: Error creating: pods "web-/.test(text)).length, 1, 'one try')
  full = false
  await clock.advance(60_000)
  await settle()
  t.equal(livePods().length, 2)
  t.notMatch(reasons(get()).join(), 'ReplicaFailure')
})

t.test('pods that must be ready for a while become available by time alone', async t => {
  const { clock, create, get, livePods, ready } = setup(t)
  await create({ minReadySeconds: 5 })
  await ready(...livePods())
  t.hasStrict(get().status, { readyReplicas: 1, unavailableReplicas: 1 })
  await clock.advance(5000)
  t.equal(get().status.availableReplicas, 1)
})

t.test('annotations are copied to the set, and count as a change', async t => {
  const { create, change, sets, get } = setup(t)
  await create()
  await change({}, { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' })
  t.equal(get().metadata.generation, 2)
  t.equal(get().status.observedGeneration, 2)
  t.equal(sets()[0]?.metadata.annotations?.['note'], 'x')
  t.equal(sets()[0]?.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'], undefined)
})

t.test('a name that another set has taken is gone around', async t => {
  const first = setup(t)
  await first.create()
  const [taken] = first.sets()
  if (taken === undefined) throw new Error('no set')
  const { name, labels = {} } = taken.metadata
  const { clock, store, create, get, sets, livePods, settle } = setup(t)
  store.create(replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace, labels },
    spec: { ...taken.spec, replicas: 0 },
  })
  await create()
  t.equal(get().status.collisionCount, 1)
  await clock.advance(1000)
  await settle()
  t.strictSame(
    sets()
      .map(({ spec }) => spec.replicas)
      .toSorted(),
    [0, 1],
    'one is not ours',
  )
  t.equal(livePods().length, 1)
  t.equal(get().status.collisionCount, 1)
})

t.test('deleted, it takes everything along', async t => {
  const { store, create, finish, sets, allPods, reap } = setup(t)
  await create({ replicas: 2 })
  await finish()
  store.remove(deployments, { namespace, name: 'web' })
  await reap()
  t.strictSame(sets(), [])
  t.strictSame(allPods(), [])
})
