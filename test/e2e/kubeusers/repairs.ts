import type { Test } from 'tap'
import { at, listAt } from '../../support/json.ts'
import type { KubeusersSite, Owner, SiteTool } from '../../support/kubeusers-site.ts'
import { adminGroup } from '../../support/slapd.ts'

const rbac = 'rbac.authorization.k8s.io/v1'
const type = 'application/merge-patch+json'

/** What somebody might do to the objects of a tool. */
const changes = (namespace: string): [path: string, patch: object][] => [
  [`/api/v1/namespaces/${namespace}`, { metadata: { labels: { 'toolforge.org/tool': null } } }],
  [
    `/api/v1/namespaces/${namespace}/resourcequotas/${namespace}`,
    { spec: { hard: { pods: '99', 'limits.cpu': '1' } } },
  ],
  [`/api/v1/namespaces/${namespace}/limitranges/${namespace}`, { spec: { limits: [] } }],
  [`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/toolforge-default`, { spec: { ingress: [{}] } }],
  [`/apis/${rbac}/namespaces/${namespace}/rolebindings/toolforge-tool`, { subjects: [] }],
]

/** What of an object is the chart's. */
const contentOf = (object: unknown) => ({
  labels: at(object, 'metadata', 'labels'),
  spec: at(object, 'spec'),
  subjects: at(object, 'subjects'),
})

/** One pass, asked for by an operator while no instance runs, puts all right that was changed meanwhile. */
export async function repairs(
  t: Test,
  site: KubeusersSite,
  { tool, person }: { tool: SiteTool; person: Owner & { dn: string } },
) {
  const { cluster, slapd } = site
  const admin = cluster.adminClient
  const all = changes(tool.namespace)
  const read = () => Promise.all(all.map(async ([path]) => contentOf((await admin.call('GET', path)).body)))
  const before = await read()
  for (const [path, body] of all) t.equal((await admin.call('PATCH', path, { body, type })).status, 200, path)
  const changed = await read()
  for (const [at, [path]] of all.entries()) t.notSame(changed[at], before[at], path)
  const second = await site.newPerson()
  await slapd.replace(adminGroup, 'member', [person.dn, second.dn])

  const { code, stdout, stderr } = await site.run(['--once'])
  t.equal(code, 0, stderr)
  t.notMatch(stdout + stderr, /forbidden/i, 'its rights suffice')
  t.strictSame(await read(), before)
  for (const name of ['toolforge-administrators', 'toolforge-administrators-view']) {
    const { body } = await admin.call('GET', `/apis/${rbac}/clusterrolebindings/${name}`)
    const names = listAt(body, 'subjects').map(subject => at(subject, 'name'))
    t.strictSame(new Set(names), new Set([person, second].map(one => `person:${one.name}`)), name)
  }
  t.match(await site.kubectl(second, ['get', 'pods', '-A']), { code: 0 })
}
