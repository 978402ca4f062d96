import { checkContentType, decodeObject, parseObject } from './decode.ts'
import { isObject } from './json.ts'
import { apiVersion } from './kind.ts'
import { tokenReviews } from './kinds/token-review.ts'
import { readWriteOptions } from './options.ts'
import { json, type Reply } from './reply.ts'
import { badRequest } from './status.ts'
import { issuer, type Tokens, type Verdict } from './tokens.ts'
import type { WriteRequest } from './write.ts'

/** Says whose a token is. @throws StatusError 400. */
export function reviewToken(tokens: Tokens, request: WriteRequest): Reply {
  checkContentType(request.contentType)
  const { fieldValidation } = readWriteOptions(request.query, 'CreateOptions')
  const decoding = { kind: tokenReviews, fieldValidation, warn: request.warn }
  const object = decodeObject(parseObject(tokenReviews.kind, request.body), decoding)
  const { token, audiences } = isObject(object['spec']) ? object['spec'] : {}
  if (typeof token !== 'string') throw badRequest('token is required for TokenReview in authentication')
  const wanted = Array.isArray(audiences) ? audiences.map(String) : [issuer]
  const answer = {
    kind: tokenReviews.kind,
    apiVersion: apiVersion(tokenReviews),
    metadata: {},
    spec: object['spec'],
    status: statusOf(tokens.verify(token, wanted)),
  }
  return json(201, JSON.stringify(answer))
}

function statusOf(verdict: Verdict): object {
  if ('error' in verdict) return { user: {}, error: verdict.error }
  const { name, ...known } = verdict.user
  return { authenticated: true, user: { username: name, ...known }, audiences: verdict.audiences }
}
