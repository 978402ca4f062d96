import { InvalidCredentialsError, SizeLimitExceededError, UnknownStatusCodeError } from 'ldapts'
import t from 'tap'
import { failureText } from '../../../src/directory/ldap-failure.ts'

t.test('what a server refuses is told in words, with the number and what it said itself', async t => {
  t.match(
    failureText(new SizeLimitExceededError('')),
    /^there are more entries than the server gives .*\(LDAP result 4\)$/,
  )
  t.match(
    failureText(new InvalidCredentialsError('no \u001b[1m')),
    /^the server refuses the login.*\(LDAP result 49: no \?\[1m\)$/,
  )
  t.equal(failureText(new UnknownStatusCodeError(80, 'odd')), 'the server refused (LDAP result 80: odd)')
})

t.test('other failures speak for themselves, and are fit for a terminal', async t => {
  t.equal(failureText(new Error('connect ECONNREFUSED')), 'connect ECONNREFUSED')
  t.equal(failureText(new Error('a\nb')), 'a?b')
  t.equal(failureText('text'), 'text')
})
