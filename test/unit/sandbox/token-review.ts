import t from 'tap'
import { serviceAccounts } from '../../../src/sandbox/kinds/service-account.ts'
import { tokenReviews } from '../../../src/sandbox/kinds/token-review.ts'
import { reviewToken } from '../../../src/sandbox/token-review.ts'
import { createTokens, issuer } from '../../../src/sandbox/tokens.ts'
import { createTestStore, newOf, refusalOf, writeRequest } from '../../support/store.ts'

t.test("a review says whose a token is, or why it is nobody's", async t => {
  const { store, clock } = createTestStore()
  const tokens = createTokens({ store, clock })
  const account = store.create(serviceAccounts, newOf(serviceAccounts, 'a'))
  const token = tokens.issue({ account, audiences: [issuer], expiresIn: 600 })
  const review = (spec: object) => {
    const reply = reviewToken(tokens, writeRequest(tokenReviews, { spec }))
    t.equal(reply.code, 201)
    return JSON.parse(String(reply.body))
  }
  t.hasStrict(review({ token }), {
    kind: 'TokenReview',
    spec: { token },
    status: { authenticated: true, user: { username: 'system:serviceaccount:ns:a' }, audiences: [issuer] },
  })
  t.strictSame(review({ token: 'x' }).status, { user: {}, error: 'invalid bearer token' })
  t.match(review({ token, audiences: ['other'] }).status, { error: /^token audiences/ })
  t.match(
    refusalOf(() => review({})),
    { code: 400, message: 'token is required for TokenReview in authentication' },
  )
})
