import process from 'node:process'
import t from 'tap'
import type { Listing } from '../../../src/directory/directory.ts'
import { kubeusersWorld } from '../../support/kubeusers-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

const uid = process.getuid?.() ?? 1000
const listingOf = (...names: string[]): Listing => ({
  tools: names.map(name => ({ name, uid })),
  administrators: [],
  skipped: [],
})

t.test('an engine notices in each pass what has changed since the last one', async t => {
  const world = await kubeusersWorld(t)
  const listing = listingOf('one', 'two')
  const { engine, stop } = world.engine({ listing: () => listing })
  t.teardown(stop)
  const first = await engine.pass()
  t.match({ done: first.done, failed: first.failed }, { done: 2, failed: [] })
  t.strictSame((await engine.pass()).plan.tools, [], 'nothing is left to do')

  const quota = '/api/v1/namespaces/tool-one/resourcequotas/tool-one'
  const type = 'application/merge-patch+json'
  await world.admin.call('PATCH', quota, { type, body: { spec: { hard: { pods: '99' } } } })
  await world.admin.call('DELETE', '/api/v1/namespaces/tool-two/configmaps/maintain-kubeusers')
  await world.advance(120_000)
  const repair = await engine.pass()
  t.strictSame(
    repair.plan.tools.map(({ tool, actions }) => [tool, actions.map(action => action.do)]),
    [
      ['one', ['quota']],
      ['two', ['certificate', 'marker']],
    ],
  )
  const { body } = await world.admin.call('GET', quota)
  t.match(body, { spec: { hard: { pods: '10' } } })
  t.strictSame((await engine.pass()).plan.tools, [], 'and then nothing again')
})

t.test('a tool that fails keeps no other one waiting, and is done when it can be', async t => {
  const world = await kubeusersWorld(t)
  await world.control.faults.add({
    match: { verb: 'create', plural: 'limitranges', namespace: 'tool-bad' },
    effect: 'answer',
    code: 500,
  })
  const listing = listingOf('bad', 'good')
  const { engine, stop } = world.engine({ listing: () => listing })
  t.teardown(stop)
  const report = await engine.pass()
  t.match(report.failed, [{ tool: 'bad', reason: /^limits: / }])
  t.equal(engine.failing, 1)
  const home = await world.homes.look({ name: 'good', uid })
  t.match(home, { home: 'right', kubeconfig: 'right' })
  await world.control.faults.clear()
  await world.advance(600_000)
  t.match(await engine.pass(), { failed: [] })
  t.match(await world.homes.look({ name: 'bad', uid }), { home: 'right', kubeconfig: 'right' })
})

t.test('another listing is acted on at once, or by a pass where it says much', async t => {
  const world = await kubeusersWorld(t)
  const { engine, stop } = world.engine({ listing: () => listingOf('one') })
  t.teardown(stop)
  t.equal(engine.listed(listingOf('one')), 'first')
  await engine.pass()
  t.equal(engine.listed(listingOf('one', 'two')), 'touched')
  await waitUntil('the new tool to be served', async () => {
    const home = await world.homes.look({ name: 'two', uid })
    return 'kubeconfig' in home && home.kubeconfig === 'right'
  })
  t.equal(engine.listed({ ...listingOf('one', 'two'), administrators: [{ name: 'ada', uid }] }), 'pass')
  t.equal(engine.listed(listingOf(...Array.from({ length: 20 }, (_, at) => `many-${at}`))), 'pass')
})
