import { at, listAt } from './json.ts'
import type { CallOptions, RawClient } from './raw-client.ts'

const group = 'authorization.k8s.io'
const root = `/apis/${group}/v1`

/** What is asked about: as in the API, without what does not matter. */
export interface Attributes {
  readonly verb: string
  readonly group?: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

/** Whether somebody may do something, by the word of the API server; `options` may carry a token. */
export async function mayI(client: RawClient, attributes: Attributes, options: CallOptions = {}): Promise<boolean> {
  const spec = { resourceAttributes: attributes }
  const body = { apiVersion: `${group}/v1`, kind: 'SelfSubjectAccessReview', spec }
  const reply = await client.call('POST', `${root}/selfsubjectaccessreviews`, { ...options, body })
  const allowed = at(reply.body, 'status', 'allowed')
  if (reply.status !== 201 || typeof allowed !== 'boolean') throw new Error(`no review: ${reply.status} ${reply.text}`)
  return allowed
}

/** All that somebody may do with resources in a namespace, one `group/resource[/name]: verbs` each. */
export async function rulesOf(client: RawClient, namespace: string): Promise<string[]> {
  const body = { apiVersion: `${group}/v1`, kind: 'SelfSubjectRulesReview', spec: { namespace } }
  const reply = await client.call('POST', `${root}/selfsubjectrulesreviews`, { body })
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [''])
  return listAt(reply.body, 'status', 'resourceRules').flatMap(rule =>
    texts(at(rule, 'apiGroups')).flatMap(group =>
      texts(at(rule, 'resources')).flatMap(resource =>
        texts(at(rule, 'resourceNames')).map(name =>
          [group, resource, name]
            .join(' ')
            .trim()
            .concat(`: ${texts(at(rule, 'verbs')).toSorted().join(' ')}`),
        ),
      ),
    ),
  )
}
