import { existsSync } from 'node:fs'
import type { Test } from 'tap'
import { at } from '../../support/json.ts'
import type { KubeusersProcess } from '../../support/kubeusers-process.ts'
import type { KubeusersSite } from '../../support/kubeusers-site.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { patience, provisioned, since } from './arrival.ts'

const holderOf = async ({ cluster, namespace }: KubeusersSite): Promise<unknown> => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/kubeusers`
  return at((await cluster.adminClient.call('GET', path)).body, 'spec', 'holderIdentity')
}

const leads = (instance: KubeusersProcess): boolean => instance.log().includes('"msg":"leading"')

/** Seconds until an instance leads. */
async function leading(instance: KubeusersProcess): Promise<number> {
  const began = performance.now()
  await waitUntil('an instance to lead', () => leads(instance), 40)
  return since(began)
}

/** Seconds that the first pass of an instance took: it reads all tools, those of other tests as well. */
const firstPass = (instance: KubeusersProcess): number =>
  Number(/"seconds":([\d.]+),"msg":"a pass"/.exec(instance.log())?.[1] ?? 0)

/** One of several instances works; when it is gone another goes on. Gives the one that leads in the end. */
export async function instances(t: Test, site: KubeusersSite, first: KubeusersProcess): Promise<KubeusersProcess> {
  const second = site.start()
  await waitUntil('the second instance', () => second.log().includes('"msg":"started"'))
  const holder = await holderOf(site)
  const tools = Array.from({ length: 4 }, () => site.freshTool())

  await t.test('the second one waits', async t => {
    const one = site.freshTool()
    await site.enter(one)
    await provisioned(one)
    t.equal(await holderOf(site), holder)
    t.notOk(leads(second))
    t.notMatch(second.log(), one.name, 'and does nothing')
  })

  await t.test('killed in the middle of its work, the first is followed by the second, which finishes it', async t => {
    const [early] = tools
    const isBegun = async () =>
      early !== undefined &&
      (await site.cluster.adminClient.call('GET', `/api/v1/namespaces/${early.namespace}`)).status === 200
    for (const tool of tools) await site.enter(tool)
    await waitUntil('the first to begin', isBegun)
    await first.end('SIGKILL')
    const began = performance.now()
    const left = tools.filter(({ kubeconfig }) => !existsSync(kubeconfig)).length
    const taken = await leading(second)
    await Promise.all(tools.map(tool => provisioned(tool, 60)))
    const words = `taken over after ${taken.toFixed(1)} s, done after ${since(began).toFixed(1)} s`
    t.comment(`${words}; ${left} of ${tools.length} tools were left to do`)
    // The lease holds for 15 seconds, of which the others learn, and at which they look, every other second.
    t.ok(taken < 22, `${taken.toFixed(1)} s`)
    for (const tool of tools) t.match(await site.kubectl(tool, ['get', 'pods']), { code: 0 }, tool.name)
  })

  const third = site.start()
  await t.test('told to end, the second hands over at once', async t => {
    await waitUntil('the third instance', () => third.log().includes('"msg":"started"'))
    const last = site.freshTool()
    const [code] = await Promise.all([second.end('SIGTERM'), site.enter(last)])
    t.equal(code, 0)
    const began = performance.now()
    const taken = await leading(third)
    await provisioned(last, 60)
    const seconds = since(began)
    await third.ready()
    const pass = firstPass(third)
    const [led, done, passed] = [taken, seconds, pass].map(time => time.toFixed(1))
    t.comment(`handed over after ${led} s; the first tool after ${done} s, with a pass of ${passed} s`)
    t.ok(seconds - pass < patience, `${done} s, and ${passed} s of them were a pass`)
    t.ok(leads(third))
  })
  return third
}
