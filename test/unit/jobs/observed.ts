import t from 'tap'
import { endOf, isRun, observe, podsOf, timeOf } from '../../../src/jobs/observed.ts'
import type { KubeEvent, KubePod } from '../../../src/jobs/wire.ts'
import { aCopy, aCronJob, aDeployment, aJob, anEvent, aPod, aRun, ofRun } from '../../support/job-objects.ts'

const pod = (name: string, creationTimestamp: string, uid = 'job-1') =>
  aPod(
    {},
    {
      name,
      uid: name,
      creationTimestamp,
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'one', uid }],
    },
  )

const names = (pods: readonly { metadata?: { name?: string } }[] = []) => pods.map(({ metadata }) => metadata?.name)
const reasons = (events: readonly KubeEvent[] = []) => events.map(({ reason }) => reason)

t.test("a job's pods are its own, the oldest first, and no other's of that name before", async t => {
  const pods = [
    pod('c', '2026-11-22T10:00:03Z'),
    pod('b', '2026-11-22T10:00:01Z'),
    pod('a', '2026-11-22T10:00:01Z'),
    pod('former', '2026-11-22T09:00:00Z', 'job-0'),
    aPod({}, { name: 'orphan', ownerReferences: [] }),
  ]
  t.strictSame(names(podsOf(aJob(), pods)), ['a', 'b', 'c'])
  t.strictSame(names(observe({ jobs: [aJob()], pods })[0]?.pods), ['a', 'b', 'c'])
  t.strictSame(podsOf({}, pods), [])
})

t.test('of several owners the one that manages counts', async t => {
  const owners = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' },
    { apiVersion: 'batch/v1', kind: 'Job', name: 'one', uid: 'job-1', controller: true },
  ]
  const shared = aPod({}, { name: 'a', uid: 'a', ownerReferences: owners })
  t.strictSame(names(observe({ jobs: [aJob()], pods: [shared] })[0]?.pods), ['a'])
})

t.test(
  'events go to the job that they or its pods are about, the newest first, however fine their time is',
  async t => {
    const about = (uid: string, reason: string, lastTimestamp: string) =>
      anEvent({ involvedObject: { uid }, reason, lastTimestamp })
    const events = [
      about('job-1', 'old', '2026-11-22T10:00:00Z'),
      about('a', 'of the pod', '2026-11-22T10:00:02.500000Z'),
      about('job-1', 'before it', '2026-11-22T10:00:02Z'),
      about('job-1', 'new', '2026-11-22T10:00:03Z'),
      about('job-2', 'another', '2026-11-22T10:00:03Z'),
      anEvent({ reason: 'about nothing', involvedObject: {} }),
    ]
    const other = { ...aJob(), metadata: { name: 'two', uid: 'job-2' } }
    const seen = observe({ jobs: [aJob(), other], pods: [pod('a', '2026-11-22T10:00:01Z')], events })
    t.strictSame(
      seen.map(one => reasons(one.events)),
      [['new', 'of the pod', 'before it', 'old'], ['another']],
    )
  },
)

t.test('events of pods that are gone go to the Job that they were called after', async t => {
  const gone = (name: string, uid: string, lastTimestamp = '2026-11-22T10:00:02Z') =>
    anEvent({ reason: name, involvedObject: { kind: 'Pod', name, uid }, lastTimestamp })
  const long = 'x'.repeat(60)
  const jobs = [
    aJob(),
    { ...aJob(), metadata: { name: long, uid: 'job-2', creationTimestamp: '2026-11-22T10:00:00Z' } },
  ]
  const events = [
    gone('one-bbbbb', 'gone'),
    gone('one-two-bbbbb', 'another'),
    gone('one-ccccc', 'of-before', '2026-11-22T09:00:00Z'),
    gone('one-ddddd', 'd'),
    gone(`${long.slice(0, 58)}eeeee`, 'e'),
  ]
  const foreign = aPod({}, { name: 'one-ddddd', uid: 'd', ownerReferences: [] })
  const [first, second] = observe({ jobs, pods: [foreign], events })
  t.strictSame(reasons(first?.events), ['one-bbbbb'])
  t.strictSame(reasons(second?.events), [`${long.slice(0, 58)}eeeee`])
})

t.test('a run is no job of its own, and belongs to its schedule with its pods and events', async t => {
  const [ten, eleven] = ['2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z']
  const seen = observe({
    jobs: [aRun(eleven), aJob(), aRun(ten)],
    cronjobs: [aCronJob()],
    pods: [ofRun(aPod({}), eleven), ofRun(aPod({}), ten)],
    events: [anEvent({ reason: 'of the run', involvedObject: { kind: 'Job', uid: `run-${ten}` } })],
  })
  t.strictSame(
    seen.map(({ workload }) => workload.kind),
    ['jobs', 'cronjobs'],
  )
  t.strictSame(names(seen[1]?.jobs), [`two-${ten}`, `two-${eleven}`])
  t.strictSame(names(seen[1]?.pods), [`two-${ten}-abcde`, `two-${eleven}-abcde`])
  t.strictSame(reasons(seen[1]?.events), ['of the run'])
  t.ok(isRun(aRun(ten)))
  t.notOk(isRun(aJob()))
  t.strictSame(observe({ jobs: [aRun(ten)] }), [], 'also when its schedule is gone')
})

t.test("a continuous job's pods are those of its ReplicaSets, which are not read", async t => {
  const renamed = (pod: KubePod, owner: string): KubePod => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: 'u' }],
    },
  })
  const pods = [
    aCopy({}),
    aCopy({}, { hash: 'bbbb', name: 'bbbbb', made: '2026-11-22T10:05:00Z' }),
    aCopy({}, { name: 'older', made: '2026-11-22T09:00:00Z' }),
    renamed(aCopy({}, { name: 'foreign' }), 'web-two-aaaa'),
    renamed(aCopy({}, { name: 'unlike' }), 'web-cccc'),
  ]
  const about = (reason: string, lastTimestamp: string, name = 'web-aaaa') =>
    anEvent({ reason, lastTimestamp, involvedObject: { kind: 'ReplicaSet', name, uid: 'rs' } })
  const events = [
    about('of before', '2026-11-22T09:00:00Z'),
    about('its own', '2026-11-22T10:00:00.100000Z'),
    about('of another', '2026-11-22T10:00:02Z', 'web-two-aaaa'),
  ]
  const [web] = observe({ deployments: [aDeployment()], pods, events })
  t.strictSame(names(web?.pods), ['web-aaaa-aaaaa', 'web-bbbb-bbbbb'])
  t.strictSame(reasons(web?.events), ['its own'])
})

t.test('a job without uid has nothing', async t => {
  const pods = [aPod({}, { ownerReferences: [] })]
  t.match(observe({ jobs: [{}], pods, events: [anEvent({ involvedObject: {} })] }), [{ pods: [], events: [] }])
})

t.test('the work grows with the lists, and no faster', async t => {
  let reads = 0
  const counted = <T extends { metadata?: object }>(object: T): T => {
    const { metadata } = object
    const get = () => {
      reads++
      return metadata
    }
    return Object.defineProperty({ ...object }, 'metadata', { get, enumerable: true })
  }
  const lists = (size: number) => {
    const each = <T>(make: (n: number) => T) => Array.from({ length: size }, (_, n) => make(n))
    return {
      jobs: each(n => counted({ ...aJob(), metadata: { name: `j${n}`, uid: `j${n}` } })),
      pods: each(n => counted(pod(`p${n}`, '2026-11-22T10:00:01Z', `j${n}`))),
      events: each(n => counted(anEvent({ involvedObject: { uid: `p${n}` } }))),
    }
  }
  const readsFor = (size: number) => {
    const made = lists(size)
    reads = 0
    observe(made)
    return reads
  }
  t.ok(readsFor(400) <= readsFor(100) * 4.2)
})

t.test('an event happened when it was seen last', async t => {
  const metadata = { creationTimestamp: '1' }
  t.equal(timeOf(anEvent({ metadata, eventTime: '2', lastTimestamp: '3', series: { lastObservedTime: '4' } })), '4')
  t.equal(timeOf(anEvent({ metadata, eventTime: '2', lastTimestamp: '3' })), '3')
  t.equal(timeOf(anEvent({ metadata, eventTime: '2' })), '2')
  t.equal(timeOf(anEvent({ metadata })), '1')
  t.equal(timeOf(anEvent({})), '')
  t.equal(timeOf(JSON.parse('{"lastTimestamp":null,"eventTime":"2","series":null}')), '2')
})

t.test('a job has ended when a final condition holds', async t => {
  const end = (type: string, status: string) => endOf(aJob({ conditions: [{ type, status }] }))
  t.match(end('Complete', 'True'), { succeeded: true })
  t.match(end('Failed', 'True'), { succeeded: false })
  for (const type of ['FailureTarget', 'SuccessCriteriaMet', 'Suspended']) t.equal(end(type, 'True'), undefined, type)
  t.equal(end('Complete', 'False'), undefined)
  t.equal(endOf({}), undefined)
})
