import t from 'tap'
import { MalformedDer } from '../../../src/pki/der.ts'
import { encode } from '../../../src/pki/der-writer.ts'
import { certificateInSession } from '../../../src/pki/session-certificate.ts'

const certificate = encode(0x30, Buffer.from('a certificate'))
const before = [encode(0x02, Buffer.from([1])), encode(0x04, Buffer.from('key')), encode(0xa1, Buffer.from([2, 1, 1]))]

t.test('the certificate in a session is found, as a copy, or is not there', t => {
  const session = encode(0x30, ...before, encode(0xa3, certificate), encode(0xa4, Buffer.from([4, 0])))
  const found = certificateInSession(session)
  session.fill(0)
  t.same(found, certificate)
  t.equal(certificateInSession(encode(0x30, ...before)), undefined)
  for (const wrong of [Buffer.alloc(0), certificate.subarray(0, 5), encode(0x31, ...before)])
    t.throws(() => certificateInSession(wrong), MalformedDer)
  t.end()
})
