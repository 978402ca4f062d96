import t from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { jobs } from '../../../src/sandbox/kinds/job.ts'
import { eventLine, listBody, listItem, whole } from '../../../src/sandbox/serialise.ts'
import { createTestStore, jobSpec, newOf } from '../../support/store.ts'

t.test('an object is written once, and with its type where it stands alone', async t => {
  const { store } = createTestStore()
  const job = store.create(jobs, newOf(jobs, 'a', { spec: jobSpec() }))
  const { apiVersion, kind, ...rest } = job
  t.strictSame(JSON.parse(listItem(job)), rest)
  t.strictSame(JSON.parse(whole(jobs, job)), job)
  t.equal(eventLine(jobs, 'ADDED', job), eventLine(jobs, 'ADDED', job), 'the same bytes for every watcher')
  t.strictSame(JSON.parse(eventLine(jobs, 'DELETED', job).toString()), { type: 'DELETED', object: job })
})

t.test('what is not held by the store is written as it is now', async t => {
  const { store } = createTestStore()
  const given = newOf(configMaps, 'a')
  const object = { ...store.create(configMaps, given, { dryRun: true }) }
  const before = listItem(object)
  Object.assign(object, { data: { x: '1' } })
  t.not(listItem(object), before)
})

t.test('a list has its version and its items', async t => {
  t.strictSame(JSON.parse(listBody(jobs, { resourceVersion: '7' }, [])), {
    kind: 'JobList',
    apiVersion: 'batch/v1',
    metadata: { resourceVersion: '7' },
    items: [],
  })
})
