import t from 'tap'
import { Unreachable } from '../../../src/cli/failure.ts'
import { unreachable } from '../../../src/cli/network-failure.ts'

const peer = { host: 'api.example', port: 30001, caSource: 'jobs.ca_file, /x/ca.crt' }
const because = (code: string, message = 'text') => unreachable(Object.assign(new Error(message), { code }), peer)
const down = 'The jobs service seems to be down - please retry in a few minutes.'

t.test('what passes by itself says so, and why', async t => {
  for (const [code, text] of [
    ['ECONNREFUSED', 'Nothing listens on port 30001 of api.example (connection refused).'],
    ['ECONNRESET', 'api.example closed the connection without an answer.'],
    ['ENOTFOUND', 'No address is known for the name api.example.'],
    ['EAI_AGAIN', 'The name api.example could not be looked up: the name server did not answer.'],
    ['ETIMEDOUT', 'api.example did not answer in time.'],
    ['EPROTO', 'Port 30001 of api.example does not speak TLS as expected: text'],
    ['ESTRANGE', 'api.example could not be asked: text (ESTRANGE)'],
  ] as const) {
    t.match(because(code), { message: `${down}\n${text}`, passing: true, exitCode: 2 }, code)
  }
})

t.test('a certificate that is not trusted is no matter of waiting: where it was looked up, and what to do', async t => {
  for (const code of ['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']) {
    t.match(
      because(code),
      {
        passing: false,
        message: /^The certificate of api\.example is not signed by .*\/x\/ca\.crt.*\n.*jobs\.ca_file/,
      },
      code,
    )
  }
  t.match(because('CERT_HAS_EXPIRED'), { passing: false, message: /has expired/ })
  t.match(because('ERR_TLS_CERT_ALTNAME_INVALID'), { passing: false, message: /not for api\.example/ })
})

t.test('what is explained already stays', async t => {
  const error = new Unreachable('why', { passing: false })
  t.equal(unreachable(error, peer), error)
  t.match(unreachable('text', peer), { message: /text/ })
})
