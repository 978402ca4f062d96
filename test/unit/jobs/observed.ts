import t from 'tap'
import { endOf, observe, podsOf, timeOf } from '../../../src/jobs/observed.ts'
import { aJob, anEvent, aPod } from '../../support/job-objects.ts'

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

const names = (pods: readonly { metadata?: { name?: string } }[]) => pods.map(({ metadata }) => metadata?.name)

t.test("a job's pods are its own, the oldest first, and no other's of that name before", async t => {
  const pods = [
    pod('c', '2026-11-22T10:00:03Z'),
    pod('b', '2026-11-22T10:00:01Z'),
    pod('a', '2026-11-22T10:00:01Z'),
    pod('former', '2026-11-22T09:00:00Z', 'job-0'),
    aPod({}, { name: 'orphan', ownerReferences: [] }),
  ]
  t.strictSame(names(podsOf(aJob(), pods)), ['a', 'b', 'c'])
  t.strictSame(names(observe([aJob()], { pods, events: [] })[0]?.pods ?? []), ['a', 'b', 'c'])
})

t.test('events go to the job that they or its pods are about, the newest first', async t => {
  const about = (uid: string, reason: string, lastTimestamp: string) =>
    anEvent({ involvedObject: { uid }, reason, lastTimestamp })
  const events = [
    about('job-1', 'old', '2026-11-22T10:00:00Z'),
    about('a', 'of the pod', '2026-11-22T10:00:02Z'),
    about('job-1', 'new', '2026-11-22T10:00:03Z'),
    about('job-2', 'another', '2026-11-22T10:00:03Z'),
  ]
  const other = { ...aJob(), metadata: { name: 'two', uid: 'job-2' } }
  const seen = observe([aJob(), other], { pods: [pod('a', '2026-11-22T10:00:01Z')], events })
  t.strictSame(
    seen.map(({ events }) => events.map(({ reason }) => reason)),
    [['new', 'of the pod', 'old'], ['another']],
  )
})

t.test('a job without uid has nothing', async t => {
  const pods = [aPod({}, { ownerReferences: [] })]
  t.match(observe([{}], { pods, events: [anEvent({ involvedObject: {} })] }), [{ pods: [], events: [] }])
})

t.test('an event happened when it was seen last', async t => {
  const metadata = { creationTimestamp: '1' }
  t.equal(timeOf(anEvent({ metadata, eventTime: '2', lastTimestamp: '3', series: { lastObservedTime: '4' } })), '4')
  t.equal(timeOf(anEvent({ metadata, eventTime: '2', lastTimestamp: '3' })), '3')
  t.equal(timeOf(anEvent({ metadata, eventTime: '2' })), '2')
  t.equal(timeOf(anEvent({ metadata })), '1')
  t.equal(timeOf(anEvent({})), '')
})

t.test('a job has ended when a final condition holds', async t => {
  const end = (type: string, status: string) => endOf(aJob({ conditions: [{ type, status }] }))
  t.match(end('Complete', 'True'), { succeeded: true })
  t.match(end('Failed', 'True'), { succeeded: false })
  for (const type of ['FailureTarget', 'SuccessCriteriaMet', 'Suspended']) t.equal(end(type, 'True'), undefined, type)
  t.equal(end('Complete', 'False'), undefined)
  t.equal(endOf({}), undefined)
})
