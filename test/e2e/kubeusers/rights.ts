import type { Test } from 'tap'
import { mapBounded } from '../../../src/platform/map-bounded.ts'
import { mayI, rulesOf } from '../../support/access-reviews.ts'
import type { KubeusersSite, SiteTool } from '../../support/kubeusers-site.ts'
import { type Cell, cells, deviations, verbs } from '../../support/tool-rights.ts'
import { waitUntil } from '../../support/wait-until.ts'

const nameOf = ({ group, resource, subresource, verb }: Cell): string =>
  `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}${group === '' ? '' : ` of ${group}`}`

/** The rules of a namespace as the table has them: resource by resource. */
function wantedRules(): string[] {
  const verbsOf = new Map<string, string[]>()
  for (const { group, resource, subresource, verb, isAllowed } of cells) {
    const name = `${group} ${resource}${subresource === '' ? '' : `/${subresource}`}`.trim()
    if (isAllowed) verbsOf.set(name, [...(verbsOf.get(name) ?? []), verb])
  }
  return [...verbsOf].map(([name, verbs]) => `${name}: ${verbs.toSorted().join(' ')}`)
}

/** What everybody may who is known at all: to ask about himself. */
const isOfEverybody = (rule: string): boolean =>
  /^(authentication|authorization)\.k8s\.io selfsubject\w+: create$/.test(rule)

/** The table verb by verb, with the tool's own certificate. */
export async function rights(t: Test, site: KubeusersSite, { tool, other }: { tool: SiteTool; other: SiteTool }) {
  const client = await site.clientOf(tool)
  const { namespace } = tool

  await t.test(`the API server's answer to each of ${cells.length} questions is that of the table`, async t => {
    t.comment(deviations.join('\n'))
    const answers = await mapBounded(cells, 16, async ({ isAllowed: _, ...attributes }) =>
      mayI(client, { ...attributes, namespace }),
    )
    const wrong = cells.filter(({ isAllowed }, at) => isAllowed !== answers[at])
    t.strictSame(wrong.map(nameOf), [])
    t.ok(answers.includes(true) && answers.includes(false))
  })

  await t.test('and there is nothing besides the table, here or elsewhere', async t => {
    const own = (await rulesOf(client, namespace)).filter(rule => !isOfEverybody(rule))
    t.strictSame(own.toSorted(), wantedRules().toSorted())
    for (const place of [other.namespace, 'default', 'kube-system', site.namespace, 'toolforge-system'])
      t.strictSame(
        (await rulesOf(client, place)).filter(rule => !isOfEverybody(rule)),
        [],
        place,
      )
    const images = (await rulesOf(client, 'tf-public')).filter(rule => !isOfEverybody(rule))
    t.strictSame(images, ['configmaps image-config: get list watch'])
  })

  await t.test("in another tool's namespace, and in all at once, every cell is refused", async t => {
    const elsewhere = cells.filter(({ isAllowed }) => isAllowed)
    for (const place of [{ namespace: other.namespace }, {}]) {
      const answers = await mapBounded(elsewhere, 16, async ({ isAllowed: _, ...attributes }) =>
        mayI(client, { ...attributes, ...place }),
      )
      const wrong = elsewhere.filter((_, at) => answers[at])
      t.strictSame(wrong.map(nameOf), [])
    }
    t.equal(verbs.length, 8)
  })

  await t.test('what is allowed works, and what is not is refused', async t => {
    const kubectl = (...words: string[]) => site.kubectl(tool, words)
    const works = async (...words: string[]) => t.match(await kubectl(...words), { code: 0 }, words.join(' '))
    const isRefused = async (...words: string[]) =>
      t.match(await kubectl(...words), { code: 1, stderr: /Error from server \(Forbidden\)/ }, words.join(' '))
    await works('create', 'configmap', 'mine', '--from-literal=a=b')
    await works('delete', 'configmap', 'mine')
    await works('get', 'all,secrets,ingresses,networkpolicies,endpoints,pvc,quota,limits,hpa,pdb')
    await works('get', 'configmap', 'image-config', '-n', 'tf-public')
    await isRefused('delete', 'resourcequota', namespace)
    await isRefused('get', 'pods', '-n', other.namespace)
    await isRefused('get', 'nodes')
    await isRefused('get', 'secrets', '--as', other.name, '-n', other.namespace)
    const base = `/api/v1/namespaces/${namespace}`
    const metadata = { name: 'x' }
    const calls: [method: string, path: string, body?: object][] = [
      [
        'POST',
        `${base}/endpoints`,
        { metadata, subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
      ],
      ['POST', `${base}/persistentvolumeclaims`, { metadata }],
      ['POST', `${base}/serviceaccounts`, { metadata }],
      ['POST', `${base}/serviceaccounts/default/token`, {}],
      ['PATCH', base, { metadata: { annotations: { 'toolforge.org/uid': '0' } } }],
      ['POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, { metadata }],
      ['POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', { metadata }],
      ['POST', `/api/v1/namespaces/${other.namespace}/configmaps`, { metadata }],
    ]
    for (const [method, path, body] of calls) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      t.equal((await client.call(method, path, { body, type })).status, 403, `${method} ${path}`)
    }
  })

  await t.test('a tool whose binding somebody deletes has it back by itself', async t => {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/toolforge-tool`
    t.equal((await site.cluster.adminClient.call('DELETE', path)).status, 200)
    await waitUntil('its rights to be back', () => mayI(client, { verb: 'list', resource: 'pods', namespace }), 10)
    t.pass()
  })
}
