import t from 'tap'
import { kubeusersSite } from '../support/kubeusers-site.ts'
import { startApiBeside } from '../support/platforms.ts'
import { adminGroup } from '../support/slapd.ts'
import { administrators } from './kubeusers/administrators.ts'
import { arrival, provisioned, signedByOurCode } from './kubeusers/arrival.ts'
import { otherWays, sideBySide } from './kubeusers/coexistence.ts'
import { instances } from './kubeusers/instances.ts'
import { isolation } from './kubeusers/isolation.ts'
import { ownRights } from './kubeusers/own-rights.ts'
import { repairs } from './kubeusers/repairs.ts'
import { rights } from './kubeusers/rights.ts'
import { shutOff } from './kubeusers/shut-off.ts'

const timeout = 5 * 60_000

t.setTimeout(timeout)

t.test('tools get, keep and lose their access by themselves (real cluster, real directory)', { timeout }, async t => {
  const site = await kubeusersSite(t)
  if (site === undefined) return
  const person = await site.newPerson()
  await site.slapd.replace(adminGroup, 'member', [person.dn])
  const door = await startApiBeside(t, site.cluster, { deny_list: await site.denyList() })
  const first = site.start()
  await first.ready()

  await t.test('a new entry in the directory has its access in seconds', t => arrival(t, site, door))
  const [tool, other] = [site.freshTool(), site.freshTool()]
  for (const one of [tool, other]) await site.enter(one)
  for (const one of [tool, other]) await provisioned(one)
  await t.test('a certificate signed by our code with a CA of openssl is believed', t => signedByOurCode(t, site))
  await t.test('a tool may do what the table says', t => rights(t, site, { tool, other }))
  await t.test('an administrator sees, and acts by saying so', t => administrators(t, site, { person, tool }))
  await t.test('kubeusers itself may do no more than it must', t => ownRights(t, site, tool))
  await t.test('another provisioner may write the same kubeconfig', t => sideBySide(t, site, other))
  await t.test('a tool that is shut off, and comes back', t => shutOff(t, site, { tool, door }))
  await t.test('of several instances one works', async t => {
    const last = await instances(t, site, first)
    t.equal(await last.end('SIGTERM'), 0)
    for (const { log } of [first, last]) t.notMatch(log(), /forbidden/i, 'the rights of kubeusers suffice')
  })
  await t.test('one pass repairs what was changed', t => repairs(t, site, { tool: other, person }))
  await t.test('isolated as the operations notes advise', t => isolation(t, site))
  await t.test('another provisioner: the other ways', t => otherWays(t, site, other))
})
