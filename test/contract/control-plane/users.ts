import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { at } from '../../support/json.ts'
import { createRawClient, type RawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { created } from './kit.ts'
import type { Target } from './target.ts'

const hour = 3_600_000
const rbac = '/apis/rbac.authorization.k8s.io/v1'

export interface Rule {
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
  verbs: string[]
}

export interface Rights {
  /** Held everywhere. */
  rules?: Rule[]
  /** Held in one namespace. */
  within?: { namespace: string; rules: Rule[] }
  groups?: string[]
}

/** Somebody by a certificate, with rights of its own. */
export interface Person {
  name: string
  client: RawClient
}

/** A name that nothing else has: what belongs to the cluster outlives a run. */
export const freshName = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex')}`

/** Makes an object of the cluster that goes with the test; gives it. */
export async function madeFor(
  t: Test,
  { admin }: Target,
  { collection, object }: { collection: string; object: object },
): Promise<unknown> {
  const made = await created(admin, collection, object)
  t.teardown(() => admin.call('DELETE', `${collection}/${at(made, 'metadata', 'name')}`))
  return made
}

/** Rights that subjects hold from now on, until the test ends. */
export async function grant(
  t: Test,
  target: Target,
  { subjects, rules, namespace }: { subjects: object[]; rules: Rule[]; namespace?: string },
): Promise<void> {
  const name = freshName('treaty')
  await madeFor(t, target, { collection: `${rbac}/clusterroles`, object: { metadata: { name }, rules } })
  const [collection, where] =
    namespace === undefined
      ? [`${rbac}/clusterrolebindings`, {}]
      : [`${rbac}/namespaces/${namespace}/rolebindings`, { namespace }]
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
  await madeFor(t, target, { collection, object: { metadata: { name, ...where }, roleRef, subjects } })
}

/** Waits until what may be done is what the question asks; rights come into force a moment after their binding. */
export const mayDo = (client: RawClient, spec: object): Promise<boolean> =>
  waitUntil(
    `rights: ${JSON.stringify(spec)}`,
    async () => {
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec }
      const answer = await created(client, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review)
      return at(answer, 'status', 'allowed') === true
    },
    30,
  )

/** Somebody new, as soon as the rights are in force. */
export async function person(t: Test, target: Target, { rules, within, groups = [] }: Rights = {}): Promise<Person> {
  const name = freshName('person')
  const now = Date.now()
  const keys = await target.authority.issue({
    subject: [...groups.map(group => ({ O: [group] })), { CN: [name] }],
    usages: ['clientAuth'],
    notBefore: now - hour / 10,
    notAfter: now + hour / 2,
  })
  const client = createRawClient(target.endpoint, keys)
  t.teardown(client.close)
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }]
  // The cluster learns of bindings in their order, so that the last one stands for all.
  const path = `/treaty/${name}`
  if (within !== undefined) await grant(t, target, { subjects, ...within })
  await grant(t, target, { subjects, rules: [...(rules ?? []), { nonResourceURLs: [path], verbs: ['get'] }] })
  await mayDo(client, { nonResourceAttributes: { verb: 'get', path } })
  if (within !== undefined) await mayDo(client, { resourceAttributes: oneOf(within) })
  return { name, client }
}

/** Something that the rules allow, to ask for. */
function oneOf({ namespace, rules: [rule] }: NonNullable<Rights['within']>): object {
  const [resource = '', subresource = ''] = (rule?.resources?.[0] ?? '').split('/')
  return {
    namespace,
    verb: rule?.verbs[0] ?? '',
    group: rule?.apiGroups?.[0] ?? '',
    resource,
    subresource,
    name: rule?.resourceNames?.[0] ?? '',
  }
}
