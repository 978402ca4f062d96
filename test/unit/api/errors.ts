import t from 'tap'
import { domainErrorOf, wireErrorOf } from '../../../src/api/errors.ts'
import { DomainError, type ErrorCode, errorStatus } from '../../../src/contract/errors.ts'

t.test('every code of the table is answered with its status and the one shape', async t => {
  for (const [code, status] of Object.entries(errorStatus)) {
    const wire = wireErrorOf(new DomainError(code as ErrorCode, 'why'), 'id-1')
    t.equal(wire.status, status, code)
    t.same(wire.body, { error: ['why'], code, request_id: 'id-1' }, code)
  }
})

t.test('a message of several lines becomes several errors', async t => {
  t.same(wireErrorOf(new DomainError('bad_request', 'a\nb'), 'x').body.error, ['a', 'b'])
})

t.test('an unknown error is a plain internal one: its text and stack stay inside', async t => {
  const secret = new Error('/data/project/other/.toolskube/client.key')
  const wire = wireErrorOf(secret, 'id-2')
  t.equal(wire.status, 500)
  t.notMatch(JSON.stringify(wire), /data|project|client/)
  t.equal(domainErrorOf(secret).cause, secret)
  for (const odd of [undefined, null, 'text', { code: 42 }]) t.equal(wireErrorOf(odd, 'x').code, 'internal')
})

t.test('errors of the framework are answered in our words', async t => {
  const thrown = (code: string) => wireErrorOf(Object.assign(new Error('Body cannot be empty'), { code }), 'x')
  t.equal(thrown('FST_ERR_CTP_BODY_TOO_LARGE').status, 413)
  t.equal(thrown('FST_ERR_CTP_INVALID_MEDIA_TYPE').status, 400)
  t.equal(thrown('FST_ERR_CTP_INVALID_JSON_BODY').code, 'bad_request')
  t.equal(thrown('FST_ERR_SOMETHING_NEW').code, 'internal')
})

t.test('Retry-After is in whole seconds, and never missing from 503 and 429', async t => {
  t.same(wireErrorOf(new DomainError('unavailable', 'x'), 'i').headers, { 'retry-after': '5' })
  t.same(wireErrorOf(new DomainError('too_many', 'x', { retryAfter: 0.2 }), 'i').headers, { 'retry-after': '1' })
  t.same(wireErrorOf(new DomainError('unavailable', 'x', { retryAfter: 1.5 }), 'i').headers, { 'retry-after': '2' })
  t.same(wireErrorOf(new DomainError('not_found', 'x'), 'i').headers, {})
})
