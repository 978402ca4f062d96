import fc from 'fast-check'
import t from 'tap'
import { renewalOf } from '../../../../src/kubeusers/plan/renewal.ts'
import { certificate, day, minute } from '../../../support/plan-model.ts'

const lives = fc.record({
  notBefore: fc.integer({ min: 0, max: 2 ** 41 }),
  life: fc.integer({ min: minute, max: 3650 * day }),
  fingerprint: fc.string(),
})

t.test(
  'a certificate is renewed between two thirds of its life and a fifteenth later, always at the same moment',
  async () => {
    fc.assert(
      fc.property(lives, ({ notBefore, life, fingerprint }) => {
        const held = certificate({ notBefore, notAfter: notBefore + life, fingerprint })
        const at = renewalOf(held)
        const part = (at - notBefore) / life
        return part >= 2 / 3 - 1e-9 && part < 2 / 3 + 1 / 15 + 1e-9 && renewalOf({ ...held, isOurs: false }) === at
      }),
      { numRuns: 1000 },
    )
  },
)

t.test('certificates that were issued together are renewed over the whole span', async t => {
  const tenths = new Array<number>(10).fill(0)
  for (let at = 0; at < 3000; at++) {
    const moment = renewalOf(certificate({ notBefore: 0, notAfter: 15, fingerprint: `certificate ${at}` })) - 10
    const tenth = Math.floor(moment * 10)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  t.equal(tenths.length, 10)
  t.ok(Math.min(...tenths) > 240 && Math.max(...tenths) < 360, `${tenths}`)
})
