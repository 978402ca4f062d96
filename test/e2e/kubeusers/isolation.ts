import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parseAllDocuments } from 'yaml'
import { textAt } from '../../support/json.ts'
import type { KubeusersSite } from '../../support/kubeusers-site.ts'
import { notedYaml, operationsNotes } from '../../support/operations-notes.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { newSigningRequest } from '../../support/signing-request.ts'
import { waitUntil } from '../../support/wait-until.ts'

const certificates = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const registration = '/apis/admissionregistration.k8s.io/v1'

/** Applies the policy of the operations notes, for the account of this site. */
async function applyPolicy(t: Test, { cluster, namespace }: KubeusersSite): Promise<void> {
  const admin = cluster.adminClient
  const noted = notedYaml.find(({ yaml }) => yaml.includes('kind: ValidatingAdmissionPolicy'))?.yaml ?? ''
  const text = noted
    .replaceAll('kubeusers-approves-its-own', `approves-its-own-${namespace}`)
    .replaceAll('toolforge-system', namespace)
  const [policy, binding] = parseAllDocuments(text).map(document => document.toJS())
  const objects = { validatingadmissionpolicies: policy, validatingadmissionpolicybindings: binding }
  for (const [plural, body] of Object.entries(objects)) {
    t.teardown(() => admin.call('DELETE', `${registration}/${plural}/${body.metadata.name}`))
    t.match(await admin.call('POST', `${registration}/${plural}`, { body }), { status: 201 }, plural)
  }
}

/** The capabilities that the operations notes leave to kubeusers' pod, as setpriv calls them. */
function notedCapabilities(): string[] {
  const words =
    /kubeusers[\s\S]*?Its pod mounts the homes, and runs as root with all capabilities dropped but ([^:]+):/.exec(
      operationsNotes,
    )?.[1]
  return (words ?? '').split(/, | and /).map(name => name.toLowerCase())
}

/** kubeusers under what the operations notes advise, and a tool that is new to it. */
export async function isolation(t: Test, site: KubeusersSite): Promise<void> {
  const { cluster, token } = site
  const client = createRawClient({ url: cluster.url, ca: cluster.ca })
  t.teardown(client.close)
  await applyPolicy(t, site)

  await t.test('what somebody else has asked for it cannot approve', async t => {
    const { request } = await newSigningRequest({ subject: [{ CN: ['somebody'] }] })
    const signerName = 'kubernetes.io/kube-apiserver-client'
    const spec = { request: Buffer.from(request).toString('base64'), usages: ['client auth'], signerName }
    const metadata = { name: `somebody-${randomBytes(3).toString('hex')}` }
    const made = await cluster.adminClient.call('POST', certificates, { body: { metadata, spec } })
    t.equal(made.status, 201, made.text)
    const path = `${certificates}/${textAt(made.body, 'metadata', 'name')}`
    t.teardown(() => cluster.adminClient.call('DELETE', path))
    const conditions = [{ type: 'Approved', status: 'True', reason: 'x', message: 'x' }]
    const body = { ...Object(made.body), status: { conditions } }
    const headers = { authorization: `Bearer ${token}` }
    // A policy is in force a moment after it was made.
    const refused = await waitUntil('the policy to hold', async () => {
      const reply = await client.call('PUT', `${path}/approval?dryRun=All`, { headers, body })
      return reply.status === 200 ? undefined : reply
    })
    t.match(refused, { status: 422, text: /kubeusers approves requests of its own only/ })
  })

  await t.test('all else works, with the capabilities that it is left', async t => {
    const capabilities = notedCapabilities()
    t.ok(capabilities.includes('setuid'), capabilities.join(' '))
    const tool = site.freshTool()
    await site.enter(tool)
    const bounding = `--bounding-set=-all,${capabilities.map(name => `+${name}`).join(',')}`
    const { code, stderr } = await site.run(['--once'], {}, ['setpriv', '--no-new-privs', bounding])
    t.equal(code, 0, stderr)
    t.match(await site.kubectl(tool, ['get', 'pods']), { code: 0 })
    t.match(readFileSync(join(tool.home, '.kube/config'), 'utf8'), tool.namespace)
  })
}
