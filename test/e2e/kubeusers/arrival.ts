import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { at } from '../../support/json.ts'
import type { KubeusersSite, SiteTool } from '../../support/kubeusers-site.ts'
import { pypiClient } from '../../support/pypi-client.ts'
import { pypiReleases } from '../../support/pypi-releases.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** The front door of a jobs API. */
export interface Door {
  readonly port: number
  readonly caFile: string
}

/** The client of PyPI of a tool, of the newest release; undefined where it is not installed: that skips the test aloud. */
export function clientOf(t: Test, tool: SiteTool, { port, caFile }: Door) {
  const release = pypiReleases.at(-1)
  if (release === undefined) throw new Error('there is no release')
  return pypiClient(t, { release, kubeconfig: tool.kubeconfig, url: `https://127.0.0.1:${port}`, caFile })
}

/** Seconds since a moment of `performance`. */
export const since = (moment: number): number => (performance.now() - moment) / 1000

/** Waits until kubeusers has written a home; the kubeconfig is the last of it. */
export const provisioned = (tool: SiteTool, seconds = 30): Promise<true> =>
  waitUntil(`the kubeconfig of ${tool.name}`, () => existsSync(tool.kubeconfig), seconds)

/** So many seconds a new tool may wait. */
export const patience = 5

/** A new entry in the directory, and all works as the tool. */
export async function arrival(t: Test, site: KubeusersSite, door: Door): Promise<void> {
  const tool = site.freshTool()
  const client = clientOf(t, tool, door)
  if (client === undefined) return
  const began = performance.now()
  await site.enter(tool)
  await provisioned(tool)
  const ready = since(began)
  // At the first try, both at once.
  const [pods, jobs] = await Promise.all([site.kubectl(tool, ['get', 'pods']), client.run(['list', '-o', 'name'])])
  const used = since(began)
  t.match(pods, { code: 0, stderr: `No resources found in ${tool.namespace} namespace.\n` }, 'kubectl works')
  t.match(jobs, { code: 0, stdout: '' }, 'and so does the client of the jobs API')
  t.ok(ready < patience, `a new entry has its access within ${patience} s: ${ready.toFixed(1)} s`)
  const times = [
    `access ready after ${ready.toFixed(1)} s`,
    `kubectl and toolforge-jobs done after ${used.toFixed(1)} s`,
  ]
  t.comment([`A new tool as a table`, ...times].join('\n'))

  const whoami = await (await site.clientOf(tool)).call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  t.match(at(whoami.body, 'status', 'userInfo'), { username: tool.name, groups: ['toolforge', 'system:authenticated'] })
}

/** The tag of a UTF8String in DER, and the text `kubernetes-ca`. */
const utf8Name = Buffer.concat([Buffer.from([0x0c, 13]), Buffer.from('kubernetes-ca')])

/** The cluster's CA was made by openssl, which writes names otherwise than Go and Node would. */
export async function signedByOurCode(t: Test, { cluster }: KubeusersSite): Promise<void> {
  const ca = Buffer.from(cluster.ca.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  t.ok(ca.includes(utf8Name), "the CA's name is a UTF8String")
  const { authority, url } = cluster
  const now = Date.now()
  const pair = await authority.issue({
    subject: [{ O: ['toolforge'] }, { CN: ['signed-by-our-code'] }],
    usages: ['clientAuth'],
    notBefore: now - 60_000,
    notAfter: now + 600_000,
  })
  const client = createRawClient({ url, ca: cluster.ca }, pair)
  t.teardown(client.close)
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const reply = await client.call('POST', path, { body })
  t.equal(reply.status, 201, reply.text)
  t.match(at(reply.body, 'status', 'userInfo'), { username: 'signed-by-our-code' })
}

/** What stands in a file of a home. */
export const textOf = ({ home }: Pick<SiteTool, 'home'>, file: string): string => readFileSync(join(home, file), 'utf8')
