import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parse, stringify } from 'yaml'
import type { KubeusersSite, SiteTool } from '../../support/kubeusers-site.ts'
import { waitUntil } from '../../support/wait-until.ts'

interface Named {
  name: string
}
interface Kubeconfig {
  clusters: Named[]
  contexts: Named[]
  users: Named[]
  'current-context': string
}

const configOf = ({ kubeconfig }: SiteTool): Kubeconfig => parse(readFileSync(kubeconfig, 'utf8'))

/** What another provisioner writes, of its own cluster. */
const others = (
  round: number,
): Readonly<Record<'clusters' | 'contexts' | 'users', Named & Record<string, unknown>>> => ({
  clusters: { name: 'old-cluster', cluster: { server: `https://old.example:${6000 + round}` } },
  contexts: { name: 'old', context: { cluster: 'old-cluster', user: 'old-user', namespace: 'default' } },
  users: { name: 'old-user', user: { token: `token-${round}` } },
})

/** Another provisioner: reads the file, puts its own entries in, and writes all of it again, as a YAML library does. */
async function provisionOther(tool: SiteTool, round: number): Promise<void> {
  const config = configOf(tool)
  for (const [list, entry] of Object.entries(others(round)))
    if (list === 'clusters' || list === 'contexts' || list === 'users')
      config[list] = [...config[list].filter(({ name }) => name !== entry.name), entry]
  writeFileSync(tool.kubeconfig, stringify(config), { mode: 0o600 })
  await chown(tool.kubeconfig, tool.uid, tool.uid)
}

const names = (list: readonly Named[]): string[] => list.map(({ name }) => name).toSorted()

/** Has the tool ask for another certificate, and waits until it is there. */
async function renewed(site: KubeusersSite, tool: SiteTool): Promise<void> {
  const { certificate } = await site.keysOf(tool)
  const path = `/api/v1/namespaces/${tool.namespace}/configmaps/maintain-kubeusers`
  const { adminClient } = site.cluster
  await waitUntil('the marker', async () => (await adminClient.call('GET', path)).status === 200)
  await site.kubectl(tool, ['--context', 'toolforge', 'delete', 'configmap', 'maintain-kubeusers'])
  await waitUntil('another certificate', async () => (await site.keysOf(tool)).certificate !== certificate)
}

/** Two provisioners write the same file, each its own context. */
export async function sideBySide(t: Test, site: KubeusersSite, tool: SiteTool): Promise<void> {
  const ours = (config: Kubeconfig) => names(config.contexts).includes('toolforge')
  for (const round of [1, 2]) {
    await provisionOther(tool, round)
    await renewed(site, tool)
    await waitUntil('our entries', () => ours(configOf(tool)))
    const config = configOf(tool)
    t.strictSame(names(config.contexts), ['old', 'toolforge'])
    t.strictSame(names(config.clusters), ['old-cluster', 'toolforge'])
    t.strictSame(names(config.users), ['old-user', `tf-${tool.name}`])
    const { users } = others(round)
    t.strictSame(
      config.users.find(({ name }) => name === users.name),
      users,
      'what the other wrote is as it was',
    )
    t.match(await site.kubectl(tool, ['get', 'pods', '--context', 'toolforge']), { code: 0 })
  }
  t.equal(statSync(tool.kubeconfig).mode & 0o777, 0o600)

  await t.test('also one that uses kubectl, and makes its own context the current one', async t => {
    for (const words of [
      ['set-cluster', 'second', '--server=https://second.example'],
      ['set-credentials', 'second', '--token=secret'],
      ['set-context', 'second', '--cluster=second', '--user=second'],
      ['use-context', 'second'],
    ])
      t.match(await site.kubectl(tool, ['config', ...words]), { code: 0 }, words.join(' '))
    const before = configOf(tool)
    await renewed(site, tool)
    t.strictSame(configOf(tool), before, 'what is current stays so')
    t.match(await site.kubectl(tool, ['get', 'pods', '--context', 'toolforge']), { code: 0 })
  })
}

/** The other two ways: a file of its own, and all at once; each by one pass that an operator asks for. */
export async function otherWays(t: Test, site: KubeusersSite, tool: SiteTool): Promise<void> {
  const pass = async (homes: object) => {
    const { code, stdout, stderr } = await site.run(['--once', '--json'], { homes })
    t.equal(code, 0, stderr)
    return stdout
  }
  await t.test('a file of its own, beside the others’, by KUBECONFIG', async t => {
    const before = readFileSync(tool.kubeconfig)
    await pass({ kubeconfig: '.kube/toolforge' })
    t.ok(readFileSync(tool.kubeconfig).equals(before), 'the usual file is left alone')
    const KUBECONFIG = `${join(tool.home, '.kube/toolforge')}:${tool.kubeconfig}`
    t.match(await site.kubectl(tool, ['get', 'pods'], { KUBECONFIG }), { code: 0 })
    const { stdout } = await site.kubectl(tool, ['config', 'get-contexts', '-o', 'name'], { KUBECONFIG })
    t.strictSame(stdout.trim().split('\n').toSorted(), ['old', 'second', 'toolforge'])
  })
  await t.test('all at once: the context becomes the current one', async t => {
    t.equal(configOf(tool)['current-context'], 'second')
    await pass({ current_context: 'always' })
    t.equal(configOf(tool)['current-context'], 'toolforge')
    t.strictSame(names(configOf(tool).contexts), ['old', 'second', 'toolforge'])
    t.match(await site.kubectl(tool, ['get', 'pods']), { code: 0 })
  })
  await t.test('after it there is nothing left to do', async t => {
    const { code, stdout } = await site.run(['--dry-run', '--json'], { homes: { current_context: 'always' } })
    t.equal(code, 0)
    const { plan }: { plan: { tools: { tool: string; actions: unknown[] }[] } } = JSON.parse(stdout)
    t.strictSame(
      plan.tools.filter(({ tool: name, actions }) => name === tool.name && actions.length > 0),
      [],
    )
  })
}
