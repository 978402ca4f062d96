import t from 'tap'
import { createListings } from '../../../../src/api/handlers/listing.ts'
import type { ToolCluster } from '../../../../src/kube/cluster.ts'
import { createTestClock } from '../../../support/test-clock.ts'

const reply = () => ({ jobs: [], messages: { info: [], warning: [], error: [] } })

/** Only its generation is looked at. */
const clusterAt = (generation: number | undefined) =>
  ({ generation }) as { generation: number | undefined } & ToolCluster

t.test('a list that has not changed is the same object, within a second', async t => {
  const clock = createTestClock()
  const listings = createListings(clock)
  const cluster = clusterAt(1)
  const get = (key = 'true') => listings.get(cluster, key, async () => reply())
  const first = await get()
  t.equal(await get(), first)
  t.not(await get('false'), first, 'another form of it is another')
  t.equal(await get(), first)
  await clock.advance(1000)
  const later = await get()
  t.not(later, first, 'how long something has been so is told in seconds')
  Object.assign(cluster, { generation: 2 })
  t.not(await get(), later)
})

t.test('what changes while it is made, or has no state, is not kept', async t => {
  const listings = createListings(createTestClock())
  const cluster = clusterAt(1)
  const during = await listings.get(cluster, '', async () => {
    Object.assign(cluster, { generation: 2 })
    return reply()
  })
  t.not(await listings.get(cluster, '', async () => reply()), during)
  const asked = clusterAt(undefined)
  t.not(await listings.get(asked, '', async () => reply()), await listings.get(asked, '', async () => reply()))
})
