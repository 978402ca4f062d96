import t, { type Test } from 'tap'
import { rfc3339 } from '../../../../src/platform/clock.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { createEvents, eventLifetime, type Occurrence } from '../../../../src/sandbox/controllers/events.ts'
import { events } from '../../../../src/sandbox/kinds/event.ts'
import { pods } from '../../../../src/sandbox/kinds/pod.ts'
import { forbidden } from '../../../../src/sandbox/status.ts'
import { type Admission, createStore } from '../../../../src/sandbox/store.ts'
import { createTestClock } from '../../../support/test-clock.ts'

function setup(_t: Test, admission: Admission[] = []) {
  const clock = createTestClock()
  const store = createStore({ kinds: [pods, events], clock, log: quietLog, admission })
  const about = store.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'tool-a' },
    spec: { containers: [{ name: 'job', image: 'i' }] },
  })
  const occurrence: Occurrence = { about, type: 'Normal', reason: 'Started', message: 'Container started' }
  const all = () => store.list(events).items
  const source = { component: 'kubelet', host: 'sandbox' }
  return {
    clock,
    store,
    about,
    occurrence,
    all,
    record: createEvents({ store, events, clock, log: quietLog }).recorder(source),
  }
}

t.test('an event looks as a kubelet writes it', async t => {
  const { clock, about, occurrence, all, record } = setup(t)
  record({ ...occurrence, fieldPath: 'spec.containers{job}' })
  const { metadata, ...event } = all()[0] ?? { metadata: { name: '', namespace: '' } }
  t.match(metadata.name, /^p\.[0-9a-f]{16}$/)
  t.equal(metadata.namespace, 'tool-a')
  const time = rfc3339(clock.now())
  t.strictSame(event, {
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'p',
      namespace: 'tool-a',
      uid: about.metadata.uid,
      resourceVersion: about.metadata.resourceVersion,
      fieldPath: 'spec.containers{job}',
    },
    type: 'Normal',
    reason: 'Started',
    message: 'Container started',
    count: 1,
    eventTime: null,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: 'kubelet', host: 'sandbox' },
    reportingComponent: 'kubelet',
    reportingInstance: 'sandbox',
  })
})

t.test('the same again is counted, another is another', async t => {
  const { clock, occurrence, all, record } = setup(t)
  const first = rfc3339(clock.now())
  record(occurrence)
  await clock.advance(2000)
  record(occurrence)
  record({ ...occurrence, message: 'other' })
  t.match(
    all().map(({ count, firstTimestamp, lastTimestamp }) => [count, firstTimestamp, lastTimestamp]),
    [
      [2, first, rfc3339(clock.now())],
      [1, rfc3339(clock.now()), rfc3339(clock.now())],
    ],
  )
})

t.test('what was not seen for an hour is forgotten', async t => {
  const { clock, occurrence, all, record } = setup(t)
  record(occurrence)
  record({ ...occurrence, message: 'still happening' })
  await clock.advance(eventLifetime - 1)
  record({ ...occurrence, message: 'still happening' })
  await clock.advance(1)
  record({ ...occurrence, message: 'new' })
  t.same(
    all()
      .map(({ message }) => message)
      .sort(),
    ['new', 'still happening'],
  )
})

t.test('one that somebody removed is made anew', async t => {
  const { store, occurrence, all, record } = setup(t)
  record(occurrence)
  for (const event of all()) store.remove(events, event.metadata)
  record(occurrence)
  t.match(all(), [{ count: 1 }])
})

t.test('an event that is refused does no harm', async t => {
  const refuse: Admission = {
    validate: ({ kind }) => {
      if (kind === events) throw forbidden(events, { name: '', why: 'the namespace is being terminated' })
    },
  }
  const { occurrence, all, record } = setup(t, [refuse])
  record(occurrence)
  t.equal(all().length, 0)
})
