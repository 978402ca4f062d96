import { createAuthority, type IssueRequest } from '../../../src/pki/authority.ts'
import { at } from '../../support/json.ts'
import { type ClientKeys, createRawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { refused } from './kit.ts'
import type { Suite } from './target.ts'

const hour = 3_600_000
const unauthorized = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' }

/** Who is believed, and who is not. */
export const authentication: Suite = async (t, target) => {
  const tool = await target.newTool()
  const pods = `/api/v1/namespaces/${tool.namespace}/pods`
  const now = Date.now()
  const request = (more: Partial<IssueRequest> = {}): IssueRequest => ({
    subject: [{ O: ['toolforge'] }, { CN: [tool.name] }],
    usages: ['clientAuth'],
    notBefore: now - hour,
    notAfter: now + hour,
    ...more,
  })
  const as = (keys?: ClientKeys, headers?: Record<string, string>) => {
    const client = createRawClient(target.endpoint, keys)
    t.teardown(client.close)
    return () => client.call('GET', pods, headers === undefined ? {} : { headers })
  }

  await t.test('a certificate of the cluster is its common name, EC and RSA alike', async t => {
    t.equal((await as(tool.keys)()).status, 200)
    t.equal((await as(await target.authority.issue(request({ keyType: 'rsa' })))()).status, 200)
    const other = await as(await target.authority.issue(request({ subject: [{ CN: ['somebody'] }] })))()
    t.match(at(other.body, 'message'), 'User "somebody" cannot list resource "pods"')
  })

  await t.test('certificates that prove nothing are answered with 401', async t => {
    const foreign = await createAuthority({ commonName: 'kubernetes-ca', notBefore: now - hour, notAfter: now + hour })
    const hostile: [what: string, keys: ClientKeys][] = [
      ['of another authority', await foreign.issue(request())],
      ['expired', await target.authority.issue(request({ notAfter: now - 60_000 }))],
      ['not yet valid', await target.authority.issue(request({ notBefore: now + hour / 2 }))],
      ['for servers only', await target.authority.issue(request({ usages: ['serverAuth'] }))],
      ['self-signed', { certificate: foreign.certificate, key: foreign.key }],
    ]
    for (const [what, keys] of hostile) await t.test(what, async t => refused(t, await as(keys)(), unauthorized))
  })

  await t.test('a certificate that expires is refused on the connection that it opened', async t => {
    const call = as(await target.authority.issue(request({ notAfter: Date.now() + 3000 })))
    t.equal((await call()).status, 200)
    const last = await waitUntil('the certificate to expire', async () => {
      const reply = await call()
      return reply.status === 200 ? undefined : reply
    })
    refused(t, last, unauthorized)
  })

  await t.test(
    'a bearer token that nobody issued is answered with 401, beside no certificate or a bad one',
    async t => {
      refused(t, await as(undefined, { authorization: 'Bearer nobody-knows-me' })(), unauthorized)
    },
  )

  await t.test('without a certificate one is anonymous, and may read nothing', async t => {
    refused(t, await as()(), {
      code: 403,
      reason: 'Forbidden',
      message: `pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "${tool.namespace}"`,
      details: { kind: 'pods' },
    })
  })
}
