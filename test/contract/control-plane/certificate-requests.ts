import { X509Certificate } from 'node:crypto'
import type { Test } from 'tap'
import { at, listAt, textAt } from '../../support/json.ts'
import { createRawClient, type RawClient } from '../../support/raw-client.ts'
import { newSigningRequest } from '../../support/signing-request.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { becomes, changed, condition, created, got, mergePatch, namesIn, refused } from './kit.ts'
import type { Suite, Target } from './target.ts'
import { freshName, person } from './users.ts'

const group = 'certificates.k8s.io'
const collection = `/apis/${group}/v1/certificatesigningrequests`
const clientSigner = 'kubernetes.io/kube-apiserver-client'
const minute = 60_000
const subject = [{ O: ['toolforge'] }, { CN: ['somebody'] }]

const encoded = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
const pathOf = (name: string): string => `${collection}/${name}`

interface Wish {
  name?: string
  spec?: object
  status?: object
  subject?: Parameters<typeof newSigningRequest>[0]['subject']
}

async function requestOf(wish: Wish = {}): Promise<object> {
  const { request } = await newSigningRequest({ subject: wish.subject ?? subject })
  return {
    apiVersion: `${group}/v1`,
    kind: 'CertificateSigningRequest',
    metadata: { name: wish.name ?? freshName('treaty') },
    spec: { request: encoded(request), signerName: clientSigner, usages: ['client auth'], ...wish.spec },
    ...(wish.status === undefined ? {} : { status: wish.status }),
  }
}

const decision = (type: string) => ({ type, status: 'True', reason: 'Treaty', message: 'as the treaty wants it' })

/** A request in the cluster until the test ends; gives its name. */
async function requested(t: Test, { admin }: Target, wish: Wish = {}): Promise<string> {
  const name = textAt(await created(admin, collection, await requestOf(wish)), 'metadata', 'name')
  t.teardown(() => admin.call('DELETE', pathOf(name)))
  return name
}

/** Writes conditions by a subresource, as kubectl does: the whole object comes back changed. */
async function write(client: RawClient, name: string, part: { subresource: string; status: object }) {
  const object = await got(client, pathOf(name))
  const old = at(object, 'status')
  const body = { ...Object(object), status: { ...Object(old), ...part.status } }
  return client.call('PUT', `${pathOf(name)}/${part.subresource}`, { body })
}

const decide = (client: RawClient, name: string, types: string[]) =>
  write(client, name, { subresource: 'approval', status: { conditions: types.map(decision) } })

const certificateOf = (request: unknown): X509Certificate =>
  new X509Certificate(Buffer.from(textAt(request, 'status', 'certificate'), 'base64'))

/** Waits for the certificate of an approved request. */
const issued = (client: RawClient, name: string): Promise<unknown> =>
  becomes(client, pathOf(name), request => typeof at(request, 'status', 'certificate') === 'string')

/** Requests for certificates: who asks, who decides, who signs, and what comes of it. */
export const certificateRequests: Suite = async (t, target) => {
  const { admin } = target
  const everything = { apiGroups: [group], resources: ['certificatesigningrequests'], verbs: ['*'] }
  const signers = { apiGroups: [group], resources: ['signers'] }
  const approval = {
    apiGroups: [group],
    resources: ['certificatesigningrequests/approval'],
    verbs: ['update', 'patch'],
  }
  const status = { apiGroups: [group], resources: ['certificatesigningrequests/status'], verbs: ['update', 'patch'] }

  await t.test('the server writes down who asks, whatever is said of it', async t => {
    const somebody = await person(t, target, { rules: [everything], groups: ['treaty:askers'] })
    const made = await created(
      somebody.client,
      collection,
      await requestOf({
        spec: { username: 'admin', uid: 'x', groups: ['system:masters'], extra: { a: ['b'] }, expirationSeconds: 600 },
        status: { conditions: [decision('Approved')], certificate: encoded('x') },
      }),
    )
    const name = textAt(made, 'metadata', 'name')
    t.teardown(() => admin.call('DELETE', pathOf(name)))
    t.equal(at(made, 'spec', 'username'), somebody.name)
    t.strictSame(at(made, 'spec', 'groups'), ['treaty:askers', 'system:authenticated'])
    t.notHas(at(made, 'spec'), { uid: '' })
    const extra = Object(at(made, 'spec', 'extra'))
    t.strictSame(Object.keys(extra), ['authentication.kubernetes.io/credential-id'])
    t.match(Object.values(extra), [[/^X509SHA256=[0-9a-f]{64}$/]])
    t.strictSame(at(made, 'status'), {})
    t.equal(at(made, 'metadata', 'generation'), undefined)
  })

  await t.test('what cannot be signed is refused', async t => {
    const { request } = await newSigningRequest({ subject })
    const der = Buffer.from(request.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    der.write('toolforgX', der.indexOf('toolforge'), 'latin1')
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
    const cases: [spec: object, message: string | RegExp][] = [
      [
        { request: encoded('x') },
        /: spec\.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST$/,
      ],
      [
        { request: encoded(request.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE')) },
        /: spec\.request: Invalid value: "\S+": PEM block type must be CERTIFICATE REQUEST$/,
      ],
      [{ request: encoded(forged) }, /: spec\.request: Invalid value: "\S+": x509: ECDSA verification failure$/],
      [{ usages: [] }, /: spec\.usages: Required value$/],
      [
        { usages: ['client auth', 'fishing'] },
        /: spec\.usages\[1\]: Unsupported value: "fishing": supported values: "any", /,
      ],
      [{ usages: ['client auth', 'client auth'] }, /: spec\.usages\[1\]: Duplicate value: "client auth"$/],
      [{ signerName: '' }, /: spec\.signerName: Required value$/],
      [
        { signerName: 'nobody' },
        /: spec\.signerName: Invalid value: "nobody": must be a fully qualified domain and path of the form 'example\.com\/signer-name'$/,
      ],
      [
        { signerName: 'nobody/x' },
        /: spec\.signerName: Invalid value: "nobody": should be a domain with at least two segments separated by dots$/,
      ],
      [
        { signerName: 'kubernetes.io/legacy-unknown' },
        /: spec\.signerName: Invalid value: "kubernetes\.io\/legacy-unknown": the legacy signerName is not allowed via this API version$/,
      ],
      [
        { expirationSeconds: 599 },
        /: spec\.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds \(10 minutes\)$/,
      ],
    ]
    for (const [spec, message] of cases) {
      const reply = await admin.call('POST', collection, { body: await requestOf({ spec }) })
      refused(t, reply, { code: 422, reason: 'Invalid', message })
    }
  })

  await t.test('nobody asks the control plane for its masters', async t => {
    const name = freshName('treaty')
    const masters = [{ O: ['system:masters'] }, { CN: ['x'] }]
    refused(t, await admin.call('POST', collection, { body: await requestOf({ name, subject: masters }) }), {
      code: 403,
      reason: 'Forbidden',
      message: `certificatesigningrequests.certificates.k8s.io "${name}" is forbidden: use of ${clientSigner} signer with system:masters group is not allowed`,
    })
    await requested(t, target, { subject: masters, spec: { signerName: 'example.com/treaty' } })
  })

  await t.test('what was asked for stays as it is; its status is no part of it', async t => {
    const name = await requested(t, target)
    const before = await got(admin, pathOf(name))
    const patch = {
      metadata: { labels: { a: 'b' } },
      spec: { usages: ['any'] },
      status: { conditions: [decision('Approved')] },
    }
    const after = await changed(admin, pathOf(name), patch)
    t.strictSame(at(after, 'spec'), at(before, 'spec'))
    t.strictSame(at(after, 'status'), {})
    t.strictSame(at(after, 'metadata', 'labels'), { a: 'b' })
  })

  await t.test('who approves needs the right on the subresource, and on the signer or its domain', async t => {
    const name = await requested(t, target, { spec: { signerName: 'example.com/treaty' } })
    const conditions = { status: { conditions: [decision('Approved')] } }
    const patch = (client: RawClient) =>
      client.call('PATCH', `${pathOf(name)}/approval`, { body: conditions, type: mergePatch })
    const nobody = await person(t, target, { rules: [everything] })
    refused(t, await patch(nobody.client), {
      code: 403,
      reason: 'Forbidden',
      message: `certificatesigningrequests.certificates.k8s.io "${name}" is forbidden: User "${nobody.name}" cannot patch resource "certificatesigningrequests/approval" in API group "${group}" at the cluster scope`,
    })
    const elsewhere = { ...signers, verbs: ['approve'], resourceNames: ['example.com/other', 'example.org/*'] }
    const half = await person(t, target, { rules: [everything, approval, elsewhere] })
    refused(t, await patch(half.client), {
      code: 403,
      reason: 'Forbidden',
      message: `certificatesigningrequests.certificates.k8s.io "${name}" is forbidden: user not permitted to approve requests with signerName "example.com/treaty"`,
    })
    t.strictSame(at(await got(admin, pathOf(name)), 'status'), {})
    for (const signer of ['example.com/treaty', 'example.com/*']) {
      const other = await requested(t, target, { spec: { signerName: 'example.com/treaty' } })
      const approver = await person(t, target, {
        rules: [everything, approval, { ...signers, verbs: ['approve'], resourceNames: [signer] }],
      })
      const reply = await decide(approver.client, other, ['Approved'])
      t.equal(reply.status, 200, signer)
      t.hasStrict(condition(reply.body, 'Approved'), decision('Approved'))
      t.match(condition(reply.body, 'Approved'), { lastUpdateTime: /Z$/, lastTransitionTime: /Z$/ })
    }
  })

  await t.test('a decision is made once, and is only a decision', async t => {
    const name = await requested(t, target, { spec: { signerName: 'example.com/treaty' } })
    const invalid = async (reply: ReturnType<typeof decide>, message: RegExp) =>
      refused(t, await reply, { code: 422, reason: 'Invalid', message })
    await invalid(
      decide(admin, name, ['Approved', 'Denied']),
      /status\.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive/,
    )
    await invalid(
      decide(admin, name, ['Approved', 'Approved']),
      /status\.conditions\[1\]\.type: Duplicate value: "Approved"/,
    )
    const doubtful = { conditions: [{ ...decision('Approved'), status: 'Unknown' }] }
    await invalid(
      write(admin, name, { subresource: 'approval', status: doubtful }),
      /status\.conditions\[0\]\.status: Unsupported value: "Unknown": supported values: "True"/,
    )
    const certificate = encoded(target.authority.certificate)
    const reply = await write(admin, name, {
      subresource: 'approval',
      status: { conditions: [decision('Denied')], certificate },
    })
    t.equal(reply.status, 200)
    t.equal(at(reply.body, 'status', 'certificate'), undefined)
    await invalid(
      decide(admin, name, []),
      /status\.conditions: Forbidden: updates may not remove a condition of type "Denied"/,
    )
    await invalid(decide(admin, name, ['Denied', 'Approved']), /mutually exclusive/)
    t.equal((await decide(admin, name, ['Denied'])).status, 200)
    const again = await got(admin, `${pathOf(name)}/approval`)
    t.hasStrict(condition(again, 'Denied'), decision('Denied'))
  })

  await t.test('who signs needs the right on the signer, and decides on nothing', async t => {
    const signerName = 'example.com/treaty'
    const name = await requested(t, target, { spec: { signerName } })
    t.equal((await decide(admin, name, ['Approved'])).status, 200)
    const certificate = encoded(target.authority.certificate)
    const sign = (client: RawClient, more: object) => write(client, name, { subresource: 'status', status: more })
    const half = await person(t, target, { rules: [everything, status, { ...signers, verbs: ['approve'] }] })
    refused(t, await sign(half.client, { certificate }), {
      code: 403,
      reason: 'Forbidden',
      message: `certificatesigningrequests.certificates.k8s.io "${name}" is forbidden: user not permitted to sign requests with signerName "${signerName}"`,
    })
    const signer = await person(t, target, {
      rules: [everything, status, { ...signers, verbs: ['sign'], resourceNames: ['example.com/*'] }],
    })
    const approved = listAt(await got(admin, pathOf(name)), 'status', 'conditions')
    const invalid = async (more: object, message: RegExp) =>
      refused(t, await sign(signer.client, more), { code: 422, reason: 'Invalid', message })
    await invalid(
      { conditions: [] },
      /status\.conditions: Forbidden: updates may not remove a condition of type "Approved"/,
    )
    await invalid(
      { conditions: [...approved, decision('Denied')] },
      /status\.conditions: Forbidden: updates may not add a condition of type "Denied"/,
    )
    await invalid(
      { certificate: encoded('x') },
      /status\.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block/,
    )
    const key = target.authority.key
    await invalid(
      { certificate: encoded(key) },
      /status\.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "(EC )?PRIVATE KEY"/,
    )
    const changedDecision = [{ ...Object(approved[0]), message: 'changed' }]
    const signed = await sign(signer.client, { certificate, conditions: changedDecision })
    t.equal(signed.status, 200, signed.text)
    t.equal(at(signed.body, 'status', 'certificate'), certificate)
    t.hasStrict(condition(signed.body, 'Approved'), decision('Approved'))
    const other = await newSelfSigned(target)
    await invalid(
      { certificate: encoded(other) },
      /status\.certificate: Forbidden: updates may not modify existing certificate content/,
    )
    const failed = [...approved, decision('Failed')]
    t.equal((await sign(signer.client, { conditions: failed })).status, 200)
    await invalid(
      { conditions: approved },
      /status\.conditions: Forbidden: updates may not remove a condition of type "Failed"/,
    )
  })

  await t.test('an approved request for a client becomes a certificate that the control plane believes', async t => {
    const name = await requested(t, target)
    const user = freshName('asked')
    const { request, key } = await newSigningRequest({
      subject: [{ O: ['treaty:one'] }, { CN: [user] }],
      hosts: ['h.example'],
    })
    const usages = ['digital signature', 'key encipherment', 'client auth']
    const made = await requested(t, target, { spec: { request: encoded(request), usages, expirationSeconds: 1800 } })
    const began = Date.now()
    t.equal((await decide(admin, made, ['Approved'])).status, 200)
    const certificate = certificateOf(await issued(admin, made))
    const authority = new X509Certificate(target.authority.certificate)
    t.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey))
    t.strictSame({ ...certificate.toLegacyObject().subject }, { O: 'treaty:one', CN: user })
    t.strictSame(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'])
    t.equal(certificate.subjectAltName, 'DNS:h.example')
    t.notOk(certificate.ca)
    const { validFromDate: from, validToDate: to } = certificate
    t.equal(
      to.getTime() - from.getTime(),
      35 * minute,
      'it begins five minutes ago, and lives as long as was asked for',
    )
    t.ok(Math.abs(from.getTime() + 5 * minute - began) < minute)
    const client = createRawClient(target.endpoint, { certificate: certificate.toString(), key })
    t.teardown(client.close)
    const reply = await client.call('GET', '/api/v1/nodes')
    t.match(at(reply.body, 'message'), `User "${user}" cannot list resource "nodes"`)
    t.equal(
      at(await got(admin, pathOf(name)), 'status', 'certificate'),
      undefined,
      'what nobody approved is not signed',
    )
  })

  await t.test(
    'a long life ends five minutes early, and the longest is a year, or the life of the authority',
    async t => {
      const day = 24 * 60 * minute
      const lives: [asked: number | undefined, life: number][] = [
        [86_400, day],
        [undefined, 365 * day],
        [800 * 86_400, 365 * day],
      ]
      const end = new X509Certificate(target.authority.certificate).validToDate.getTime()
      for (const [expirationSeconds, life] of lives) {
        const name = await requested(t, target, { spec: { expirationSeconds } })
        t.equal((await decide(admin, name, ['Approved'])).status, 200)
        const { validFromDate: from, validToDate: to } = certificateOf(await issued(admin, name))
        const lived = to.getTime() - from.getTime()
        t.equal(lived, Math.min(life, end - from.getTime()), String(expirationSeconds))
      }
    },
  )

  await t.test('usages that no client has make the request fail', async t => {
    const cases: [usages: string[], message: string][] = [
      [['client auth', 'server auth'], 'invalid usage for client certificate: server auth'],
      [['digital signature'], 'missing required usage for client certificate: client auth'],
    ]
    for (const [usages, message] of cases) {
      const name = await requested(t, target, { spec: { usages } })
      t.equal((await decide(admin, name, ['Approved'])).status, 200)
      const failed = await becomes(admin, pathOf(name), request => condition(request, 'Failed') !== undefined)
      t.hasStrict(condition(failed, 'Failed'), { status: 'True', reason: 'SignerValidationFailure', message })
      t.equal(at(failed, 'status', 'certificate'), undefined)
    }
  })

  await t.test('what is denied is never signed', async t => {
    const denied = await requested(t, target)
    t.equal((await decide(admin, denied, ['Denied'])).status, 200)
    const name = await requested(t, target)
    t.equal((await decide(admin, name, ['Approved'])).status, 200)
    await issued(admin, name)
    t.equal(at(await got(admin, pathOf(denied)), 'status', 'certificate'), undefined)
  })

  await t.test('they are found by their signer, and shown with what became of them', async t => {
    const signerName = `${freshName('treaty')}.example/x`
    const name = await requested(t, target, { spec: { signerName, expirationSeconds: 7200 } })
    const selector = encodeURIComponent(`spec.signerName=${signerName}`)
    t.strictSame(namesIn(await got(admin, `${collection}?fieldSelector=${selector}`)), [name])
    const row = async () => {
      const reply = await admin.call('GET', pathOf(name), {
        headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      })
      const names = listAt(reply.body, 'columnDefinitions').map(column => at(column, 'name'))
      t.strictSame(names, ['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'])
      return listAt(listAt(reply.body, 'rows')[0], 'cells').toSpliced(1, 1)
    }
    t.strictSame(await row(), [name, signerName, 'admin', '120m', 'Pending'])
    t.equal((await decide(admin, name, ['Approved'])).status, 200)
    t.equal((await row()).at(-1), 'Approved')
    const certificate = encoded(target.authority.certificate)
    t.equal((await write(admin, name, { subresource: 'status', status: { certificate } })).status, 200)
    t.equal((await row()).at(-1), 'Approved,Issued')
    const resources = listAt(await got(admin, `/apis/${group}/v1`), 'resources')
    const found = (wanted: string) => resources.find(resource => at(resource, 'name') === wanted)
    t.hasStrict(found('certificatesigningrequests'), {
      kind: 'CertificateSigningRequest',
      namespaced: false,
      shortNames: ['csr'],
    })
    for (const part of ['approval', 'status'])
      t.strictSame(at(found(`certificatesigningrequests/${part}`), 'verbs'), ['get', 'patch', 'update'])
  })

  await t.test('a certificate is there a moment after the approval, and a watcher is told', async t => {
    const name = await requested(t, target)
    const selector = encodeURIComponent(`metadata.name=${name}`)
    const { lines, close } = await admin.stream(`${collection}?watch=true&fieldSelector=${selector}`)
    t.teardown(close)
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const line of lines) seen.push(JSON.parse(line))
    })().catch(() => undefined)
    t.equal((await decide(admin, name, ['Approved'])).status, 200)
    await waitUntil('the certificate', () =>
      seen.some(event => typeof at(event, 'object', 'status', 'certificate') === 'string'),
    )
    close()
    await reading
  })
}

/** Another certificate in PEM. */
async function newSelfSigned(target: Target): Promise<string> {
  const life = { notBefore: Date.now() - minute, notAfter: Date.now() + minute }
  return (await target.authority.issue({ subject, usages: ['clientAuth'], ...life })).certificate
}
