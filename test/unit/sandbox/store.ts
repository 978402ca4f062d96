import t from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { jobs } from '../../../src/sandbox/kinds/job.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { forbidden } from '../../../src/sandbox/status.ts'
import { createTestStore, found, jobSpec, newOf, podSpec, refusalOf } from '../../support/store.ts'

const key = { namespace: 'ns', name: 'a' }

t.test('a new object gets what only the server decides', async t => {
  const { store } = createTestStore()
  const made = store.create(
    configMaps,
    newOf(configMaps, 'a', { metadata: { uid: 'mine', creationTimestamp: 'mine', generation: 7, labels: {} } }),
  )
  t.match(made.metadata, { name: 'a', namespace: 'ns', creationTimestamp: '2026-11-22T10:00:00Z' })
  t.match(made.metadata.uid, /^[0-9a-f-]{36}$/)
  t.equal(made.metadata.resourceVersion, String(store.version()))
  t.notOk('generation' in made.metadata || 'labels' in made.metadata)
  t.equal(store.get(configMaps, key), made)
  t.equal(store.byUid(made.metadata.uid)?.object, made)
})

t.test('what it gives out cannot be changed, and what was given in is not kept', async t => {
  const { store } = createTestStore()
  const given = newOf(configMaps, 'a', { data: { x: '1' } })
  const made = store.create(configMaps, given)
  t.throws(() => Object.assign(made.data ?? {}, { x: '2' }), TypeError)
  Object.assign(Object(given['data']), { x: '3' })
  t.strictSame(found(store, configMaps, 'a').data, { x: '1' })
})

t.test('nobody keeps book of who wrote which field', async t => {
  const { store } = createTestStore()
  const given = { name: 'a', namespace: 'ns', managedFields: [{ manager: 'm' }] }
  t.notOk('managedFields' in store.create(configMaps, { ...newOf(configMaps, 'a'), metadata: given }).metadata)
})

t.test('a name is taken once', async t => {
  const { store } = createTestStore()
  store.create(configMaps, newOf(configMaps, 'a'))
  t.equal(refusalOf(() => store.create(configMaps, newOf(configMaps, 'a'))).message, 'configmaps "a" already exists')
})

t.test('a generated name ends in five letters, however long its beginning', async t => {
  const { store } = createTestStore()
  const named = (generateName: string) =>
    store.create(configMaps, newOf(configMaps, '', { metadata: { generateName } })).metadata.name
  t.match(named('a-'), /^a-[b-df-hj-np-tv-xz2-9]{5}$/)
  t.equal(named('x'.repeat(100)).length, 63)
  t.equal(new Set(Array.from({ length: 50 }, () => named('a-'))).size, 50)
})

t.test('versions grow over all kinds, and only by changes', async t => {
  const { store } = createTestStore()
  const before = store.version()
  const made = store.create(configMaps, newOf(configMaps, 'a', { data: { x: '1' } }))
  const same = store.update(configMaps, newOf(configMaps, 'a', { data: { x: '1' } }))
  t.equal(same, made, 'nothing changed')
  store.create(pods, newOf(pods, 'a', { spec: podSpec() }))
  t.equal(store.version(), before + 2)
  t.equal(store.list(configMaps).resourceVersion, String(store.version()))
})

t.test('versions go on where those of an earlier run cannot have been', async t => {
  const { store, clock } = createTestStore()
  t.ok(store.version() > clock.now())
})

t.test('an update is refused when it was meant for another state or another object', async t => {
  const { store } = createTestStore()
  const { metadata } = store.create(configMaps, newOf(configMaps, 'a'))
  const update = (resourceVersion: string, uid = metadata.uid) =>
    store.update(
      configMaps,
      newOf(configMaps, 'a', { metadata: { resourceVersion, uid }, data: { x: resourceVersion } }),
    )
  const { metadata: next } = update(metadata.resourceVersion)
  const { code, message } = refusalOf(() => update(metadata.resourceVersion))
  t.equal(code, 409)
  t.equal(
    message,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  )
  t.match(
    refusalOf(() => update(next.resourceVersion, 'other')).message,
    'Precondition failed: UID in precondition: other',
  )
  t.equal(refusalOf(() => update('abc')).code, 500)
  t.equal(refusalOf(() => store.update(configMaps, newOf(configMaps, 'b'))).code, 404)
})

t.test('the status is changed by itself, the rest without it', async t => {
  const { store } = createTestStore()
  store.create(jobs, newOf(jobs, 'a', { spec: jobSpec() }))
  const job = found(store, jobs, 'a')
  const change = { ...job, spec: { ...job.spec, parallelism: 2 }, status: { active: 1 } }
  t.match(store.update(jobs, change, { subresource: 'status' }), { spec: { parallelism: 1 }, status: { active: 1 } })
  const { resourceVersion: _, ...metadata } = job.metadata
  const changed = store.update(jobs, { ...change, metadata, status: { active: 9 } })
  t.match(changed, { spec: { parallelism: 2 }, status: { active: 1 } })
  t.equal(changed.metadata.generation, 2, 'a change of the spec counts')
})

t.test('a dry run checks all and changes nothing', async t => {
  const { store } = createTestStore()
  const before = store.version()
  store.create(configMaps, newOf(configMaps, 'a'), { dryRun: true })
  t.equal(store.get(configMaps, key), undefined)
  store.create(configMaps, newOf(configMaps, 'a'))
  t.strictSame(store.update(configMaps, newOf(configMaps, 'a', { data: { x: '1' } }), { dryRun: true }).data, {
    x: '1',
  })
  store.remove(configMaps, key, { dryRun: true })
  t.equal(store.version(), before + 1)
  t.equal(refusalOf(() => store.create(configMaps, newOf(configMaps, 'A'), { dryRun: true })).code, 422)
})

t.test('a deletion may be meant for one object in one state only', async t => {
  const { store } = createTestStore()
  store.create(configMaps, newOf(configMaps, 'a'))
  t.match(refusalOf(() => store.remove(configMaps, key, { uid: 'x' })).message, 'the UID in the precondition (x)')
  t.match(
    refusalOf(() => store.remove(configMaps, key, { resourceVersion: '1' })).message,
    'the ResourceVersion in the precondition (1)',
  )
  store.remove(configMaps, key, { uid: found(store, configMaps, 'a').metadata.uid })
  t.equal(store.get(configMaps, key), undefined)
  t.equal(refusalOf(() => store.remove(configMaps, key)).code, 404)
})

t.test('what runs is given time, and goes when that is over', async t => {
  const { store } = createTestStore()
  store.create(pods, newOf(pods, 'a', { spec: { ...podSpec(), nodeName: 'n', terminationGracePeriodSeconds: 30 } }))
  const marked = store.remove(pods, key)
  t.match(marked.metadata, { deletionTimestamp: '2026-11-22T10:00:30Z', deletionGracePeriodSeconds: 30, generation: 2 })
  t.equal(store.remove(pods, key), marked, 'asking again changes nothing')
  t.match(store.remove(pods, key, { gracePeriodSeconds: 5 }).metadata, {
    deletionTimestamp: '2026-11-22T10:00:05Z',
    deletionGracePeriodSeconds: 5,
  })
  t.equal(
    refusalOf(() => store.create(pods, newOf(pods, 'a', { spec: podSpec() }))).message,
    'object is being deleted: pods "a" already exists',
  )
  store.remove(pods, key, { gracePeriodSeconds: 0 })
  t.equal(store.get(pods, key), undefined)
})

t.test('an object with a finalizer goes when the last one is taken off', async t => {
  const { store } = createTestStore()
  store.create(configMaps, newOf(configMaps, 'a', { metadata: { finalizers: ['x.org/f'] } }))
  const marked = store.remove(configMaps, key)
  t.equal(marked.metadata.deletionTimestamp, '2026-11-22T10:00:00Z')
  store.update(configMaps, newOf(configMaps, 'a', { metadata: { finalizers: ['x.org/f'] }, data: { still: 'here' } }))
  t.match(found(store, configMaps, 'a'), { data: { still: 'here' } })
  store.update(configMaps, newOf(configMaps, 'a'))
  t.equal(store.get(configMaps, key), undefined)
})

t.test('listeners are told in order, also of what they do themselves', async t => {
  const { store } = createTestStore()
  const told: string[] = []
  const end = store.subscribe(configMaps, ({ type, object }) => {
    if (type === 'ADDED' && object.metadata.name === 'a') store.create(configMaps, newOf(configMaps, 'b'))
    told.push(`first ${type} ${object.metadata.name}`)
  })
  store.subscribe(configMaps, ({ type, object }) => told.push(`second ${type} ${object.metadata.name}`))
  store.create(configMaps, newOf(configMaps, 'a'))
  t.strictSame(told, ['first ADDED a', 'second ADDED a', 'first ADDED b', 'second ADDED b'])
  end()
  store.remove(configMaps, key)
  t.strictSame(told.slice(4), ['second DELETED a'])
})

t.test('a listener that fails keeps nobody else from being told', async t => {
  const { store } = createTestStore()
  const told: string[] = []
  store.subscribe(configMaps, () => {
    throw new Error('broken')
  })
  store.subscribe(configMaps, ({ type }) => told.push(type))
  store.create(configMaps, newOf(configMaps, 'a'))
  t.strictSame(told, ['ADDED'])
})

t.test('admission completes before the checks and refuses after them', async t => {
  const { store } = createTestStore({
    admission: [
      {
        admit: ({ object, kind }) => {
          if (kind === configMaps) object.metadata.labels = { ...object.metadata.labels, admitted: 'yes' }
        },
        validate: ({ object, operation }) => {
          if (operation === 'CREATE' && object.metadata.name === 'no') {
            throw forbidden(configMaps, { name: 'no', why: 'it is' })
          }
        },
      },
    ],
  })
  t.match(store.create(configMaps, newOf(configMaps, 'a')).metadata.labels, { admitted: 'yes' })
  t.equal(refusalOf(() => store.create(configMaps, newOf(configMaps, 'no'))).code, 403)
  t.equal(refusalOf(() => store.create(configMaps, newOf(configMaps, 'no', { data: { 'a b': '' } }))).code, 422)
})

t.test('dependents are found by their owner', async t => {
  const { store } = createTestStore()
  const { metadata } = store.create(configMaps, newOf(configMaps, 'a'))
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: metadata.uid }
  store.create(configMaps, newOf(configMaps, 'b', { metadata: { ownerReferences: [owner] } }))
  const owned = () => store.ownedBy(metadata.uid).map(({ object }) => object.metadata.name)
  t.strictSame(owned(), ['b'])
  store.update(configMaps, newOf(configMaps, 'b'))
  t.strictSame(owned(), [])
})

t.test('a list chooses by namespace, labels and what else is asked', async t => {
  const { store } = createTestStore()
  for (const name of ['a', 'b'])
    store.create(configMaps, newOf(configMaps, name, { metadata: { labels: { l: name } } }))
  const names = (filter: Parameters<typeof store.list>[1]) =>
    store.list(configMaps, filter).items.map(i => i.metadata.name)
  t.strictSame(names({ namespace: 'ns' }), ['a', 'b'])
  t.strictSame(names({ namespace: 'other' }), [])
  t.strictSame(names({ labels: { l: 'a' } }), ['a'])
  t.strictSame(names({ where: ({ metadata }) => metadata.name === 'b' }), ['b'])
})
