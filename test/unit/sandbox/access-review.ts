import t from 'tap'
import { reviewAccess } from '../../../src/sandbox/access-review.ts'
import type { Attributes } from '../../../src/sandbox/authorize.ts'
import { selfSubjectAccessReviews } from '../../../src/sandbox/kinds/self-subject-access-review.ts'
import { refusalOf, writeRequest } from '../../support/store.ts'

function review(spec: unknown) {
  const asked: Attributes[] = []
  const authorizer = {
    decide: (_user: unknown, attributes: Attributes) => {
      asked.push(attributes)
      return { allowed: true, reason: 'because' }
    },
  }
  const request = writeRequest(selfSubjectAccessReviews, { spec })
  const reply = reviewAccess(authorizer, { name: 'a', groups: [] }, request)
  return { reply, asked, body: JSON.parse(typeof reply.body === 'string' ? reply.body : '') }
}

t.test('the question comes back with its answer', async t => {
  const { reply, body, asked } = review({ resourceAttributes: { verb: 'list', resource: 'jobs', group: 'batch' } })
  t.equal(reply.code, 201)
  t.match(body, {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    spec: { resourceAttributes: { verb: 'list', resource: 'jobs' } },
    status: { allowed: true, reason: 'because' },
  })
  t.strictSame(asked, [{ verb: 'list', group: 'batch', plural: 'jobs', subresource: '', namespace: '', name: '' }])
})

t.test('paths can be asked about, and exactly one thing must be', async t => {
  t.strictSame(review({ nonResourceAttributes: { verb: 'get', path: '/x' } }).asked, [{ verb: 'get', path: '/x' }])
  const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  t.match(refusalOf(() => review({})).message, message)
  t.match(refusalOf(() => review({ resourceAttributes: {}, nonResourceAttributes: {} })).message, message)
})
