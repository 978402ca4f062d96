import t, { type Test } from 'tap'
import { createAuthority } from '../../../../src/pki/authority.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { createCertificateCleaner } from '../../../../src/sandbox/controllers/certificate-cleaner.ts'
import { certificateSigningRequests } from '../../../../src/sandbox/kinds/certificate-signing-request.ts'
import { newSigningRequest } from '../../../support/signing-request.ts'
import { createTestStore, found, newOf } from '../../../support/store.ts'

const minute = 60_000
const hour = 60 * minute
const begin = Date.UTC(2026, 10, 22, 10)
const kind = certificateSigningRequests
const { request: pem } = await newSigningRequest({ subject: [{ CN: ['a'] }] })

function setup(t: Test) {
  const { store, clock } = createTestStore()
  const controller = createCertificateCleaner({ store, certificateSigningRequests, clock, log: quietLog })
  controller.start()
  t.teardown(controller.stop)
  const spec = { request: Buffer.from(pem).toString('base64'), signerName: 'example.com/x', usages: ['any'] }
  store.create(kind, newOf(kind, 'a', { spec }))
  const write = async (subresource: 'approval' | 'status', status: object) => {
    store.update(kind, { ...found(store, kind, 'a'), status }, { subresource })
    await clock.advance(0)
  }
  const there = () => store.get(kind, { name: 'a' }) !== undefined
  /** Whether it goes just then. */
  const goesAfter = async (wait: number): Promise<boolean> => {
    await clock.advance(wait - 1000)
    const stayed = there()
    await clock.advance(2000)
    return stayed && !there()
  }
  return { controller, clock, write, goesAfter, there }
}

const decided = (type: string) => ({ conditions: [{ type, status: 'True' }] })
const certificateUntil = async (notAfter: number): Promise<string> =>
  Buffer.from((await createAuthority({ commonName: 'x', notBefore: begin - hour, notAfter })).certificate).toString(
    'base64',
  )

t.test('what nobody decides on stays for a day', async t => {
  t.ok(await setup(t).goesAfter(24 * hour))
})

t.test('what is denied, has failed or is issued stays for an hour from then on', async t => {
  const certificate = await certificateUntil(begin + 100 * hour)
  for (const [what, decide] of Object.entries({
    denied: ({ write }: ReturnType<typeof setup>) => write('approval', decided('Denied')),
    failed: ({ write }: ReturnType<typeof setup>) => write('status', decided('Failed')),
    issued: async ({ write }: ReturnType<typeof setup>) => {
      await write('approval', decided('Approved'))
      await write('status', { ...decided('Approved'), certificate })
    },
  })) {
    const one = setup(t)
    await one.clock.advance(10 * hour)
    await decide(one)
    t.ok(await one.goesAfter(hour), what)
  }
})

t.test('what is approved and never issued stays for a day, what has expired no longer', async t => {
  const waiting = setup(t)
  await waiting.clock.advance(10 * hour)
  await waiting.write('approval', decided('Approved'))
  t.ok(await waiting.goesAfter(24 * hour))
  const short = setup(t)
  await short.write('approval', decided('Approved'))
  await short.write('status', { ...decided('Approved'), certificate: await certificateUntil(begin + 10 * minute) })
  t.ok(await short.goesAfter(10 * minute))
})

t.test('other conditions keep it, and once stopped it removes nothing', async t => {
  const other = setup(t)
  await other.write('status', decided('Other'))
  await other.clock.advance(100 * hour)
  t.ok(other.there())
  const stopped = setup(t)
  stopped.controller.stop()
  await stopped.clock.advance(100 * hour)
  t.ok(stopped.there())
})
