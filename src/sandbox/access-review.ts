import type { User } from './authenticate.ts'
import type { Attributes, Authorizer } from './authorize.ts'
import { checkContentType, decodeObject, parseObject } from './decode.ts'
import { invalid } from './field-error.ts'
import { isObject } from './json.ts'
import { apiVersion } from './kind.ts'
import { selfSubjectAccessReviews } from './kinds/self-subject-access-review.ts'
import { readWriteOptions } from './options.ts'
import { json, type Reply } from './reply.ts'
import { invalidObject } from './status.ts'
import type { WriteRequest } from './write.ts'

/** Answers "may I?" as the authoriser would. @throws StatusError 400 and 422. */
export function reviewAccess(authorizer: Pick<Authorizer, 'decide'>, user: User, request: WriteRequest): Reply {
  const kind = selfSubjectAccessReviews
  checkContentType(request.contentType)
  const { fieldValidation } = readWriteOptions(request.query, 'CreateOptions')
  const object = decodeObject(parseObject(kind.kind, request.body), { kind, fieldValidation, warn: request.warn })
  const { allowed, reason } = authorizer.decide(user, attributesOf(object['spec']))
  const answer = {
    kind: kind.kind,
    apiVersion: apiVersion(kind),
    metadata: {},
    spec: object['spec'],
    status: { allowed, ...(reason === '' ? {} : { reason }) },
  }
  return json(201, JSON.stringify(answer))
}

function attributesOf(spec: unknown): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = isObject(spec) ? spec : {}
  if (isObject(resource) === isObject(path)) throw notOne()
  if (isObject(path)) return { verb: text(path['verb']), path: text(path['path']) }
  const fields = isObject(resource) ? resource : {}
  return {
    verb: text(fields['verb']),
    group: text(fields['group']),
    plural: text(fields['resource']),
    subresource: text(fields['subresource']),
    namespace: text(fields['namespace']),
    name: text(fields['name']),
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const notOne = () =>
  invalidObject({ group: selfSubjectAccessReviews.group, kind: '' }, '', [
    invalid(
      'spec.resourceAttributes',
      null,
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ),
  ])
