import { X509Certificate } from 'node:crypto'
import type { Test } from 'tap'
import { mayI } from '../../support/access-reviews.ts'
import type { KubeusersSite, Owner, SiteTool } from '../../support/kubeusers-site.ts'

/** A person of the directory's group: sees all but secrets, and acts by saying so. */
export async function administrators(
  t: Test,
  site: KubeusersSite,
  { person, tool }: { person: Owner; tool: SiteTool },
) {
  const folder = '.admkube'
  const { certificate } = await site.keysOf(person, folder)
  t.equal(new X509Certificate(certificate).subject, `O=toolforge-admins\nCN=person:${person.name}`)
  const kubectl = (...words: string[]) => site.kubectl(person, words)
  const operator = ['--as', 'toolforge-operator', '--as-group', 'toolforge-operators']
  const works = async (...words: string[]) => t.match(await kubectl(...words), { code: 0 }, words.join(' '))
  const isRefused = async (...words: string[]) =>
    t.match(await kubectl(...words), { code: 1, stderr: /\(Forbidden\)/ }, words.join(' '))
  await works('get', 'pods', '-A')
  await works('get', 'nodes')
  await works('get', 'ns', tool.namespace)
  await isRefused('get', 'secrets', '-n', tool.namespace)
  await isRefused('delete', 'ns', tool.namespace)
  await works('get', 'secrets', '-n', tool.namespace, ...operator)
  await isRefused('get', 'secrets', '-n', tool.namespace, '--as', 'toolforge-operator')
  await isRefused('get', 'secrets', '-n', tool.namespace, '--as', tool.name)
  await isRefused('get', 'pods', '-A', '--as', 'toolforge-operator', '--as-group', 'system:masters')

  const client = await site.clientOf(person, folder)
  const namespace = tool.namespace
  for (const [resource, name] of [
    ['users', 'toolforge-operator'],
    ['groups', 'toolforge-operators'],
  ] as const) {
    t.ok(await mayI(client, { verb: 'impersonate', resource, name }), `${resource} ${name}`)
    for (const other of ['system:masters', 'admin', tool.name, '*'])
      t.notOk(await mayI(client, { verb: 'impersonate', resource, name: other }), `${resource} ${other}`)
    t.notOk(await mayI(client, { verb: 'impersonate', resource }), `${resource} of any name`)
  }
  t.notOk(await mayI(client, { verb: 'impersonate', resource: 'serviceaccounts', namespace }))
  t.notOk(await mayI(client, { verb: 'create', resource: 'pods', subresource: 'exec', namespace }))
  for (const verb of ['create', 'update', 'delete', 'bind', 'escalate'])
    t.notOk(await mayI(client, { verb, group: 'rbac.authorization.k8s.io', resource: 'clusterroles' }), verb)
}
