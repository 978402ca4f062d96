import t from 'tap'
import { sentence } from '../../../../src/sandbox/field-error.ts'
import { signerNameErrors } from '../../../../src/sandbox/kinds/signer-name.ts'

t.test('a signer has a domain and a path', async t => {
  for (const name of ['example.com/x', 'kubernetes.io/kube-apiserver-client', 'a.b/ns.name'])
    t.strictSame(signerNameErrors(name), [], name)
  const cases: [name: string, error: RegExp][] = [
    ['', /^spec\.signerName: Required value$/],
    ['kubernetes.io/legacy-unknown', /the legacy signerName is not allowed via this API version$/],
    ['x', /must be a fully qualified domain and path of the form 'example\.com\/signer-name'$/],
    ['a.b/c/d', /must be a fully qualified domain and path/],
    ['host/x', /Invalid value: "host": should be a domain with at least two segments separated by dots$/],
    ['a.B/x', /Invalid value: "a\.B": validating label "B": a lowercase RFC 1123 label must consist of/],
    ['a.b/X', /Invalid value: "X": validating label "X": a lowercase RFC 1123 subdomain must consist of/],
    ['a.b/', /Invalid value: "": validating label "": a lowercase RFC 1123 subdomain/],
    [`${'a.'.repeat(127)}b/x`, /Too long: may not be more than 253 bytes/],
    [`a.b/${'c.'.repeat(300)}d`, /Too long: may not be more than 571 bytes/],
  ]
  for (const [name, error] of cases) t.match(sentence(signerNameErrors(name)), error, name.slice(0, 30))
})
