import { connect } from 'node:http2'
import { at, listAt } from '../../support/json.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { got, refused } from './kit.ts'
import type { Suite } from './target.ts'

/** What is there, and how one speaks with it. */
export const discovery: Suite = async (t, target) => {
  const tool = await target.newTool()
  const { client } = tool

  await t.test('version, groups and resources are listed for every tool', async t => {
    t.hasStrict(await got(client, '/version'), { major: '1', minor: '36' })
    t.match(await got(client, '/version'), { gitVersion: /^v1\.36\.\d+/ })
    t.hasStrict(await got(client, '/api'), { kind: 'APIVersions', versions: ['v1'] })
    const groups = listAt(await got(client, '/apis'), 'groups').map(group => at(group, 'name'))
    for (const name of ['batch', 'rbac.authorization.k8s.io', 'authorization.k8s.io']) t.ok(groups.includes(name), name)
    t.hasStrict(await got(client, '/apis/batch'), {
      kind: 'APIGroup',
      name: 'batch',
      preferredVersion: { groupVersion: 'batch/v1', version: 'v1' },
    })
    const resource = async (root: string, name: string) =>
      listAt(await got(client, root), 'resources').find(found => at(found, 'name') === name)
    const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
    t.strictSame(at(await resource('/apis/batch/v1', 'jobs'), 'verbs'), verbs)
    t.hasStrict(await resource('/apis/batch/v1', 'jobs'), { kind: 'Job', singularName: 'job', namespaced: true })
    t.hasStrict(await resource('/api/v1', 'namespaces'), { kind: 'Namespace', namespaced: false })
    t.hasStrict(await resource('/api/v1', 'pods/log'), { kind: 'Pod', namespaced: true, verbs: ['get'] })
    t.hasStrict(await resource('/apis/batch/v1', 'jobs/status'), { kind: 'Job', namespaced: true })
  })

  await t.test('health is open to all', async t => {
    const nobody = createRawClient(target.endpoint)
    t.teardown(nobody.close)
    for (const path of ['/healthz', '/livez', '/readyz']) {
      const reply = await nobody.call('GET', path)
      t.equal(reply.status, 200, path)
      t.equal(reply.text, 'ok', path)
    }
    t.equal((await nobody.call('GET', '/version')).status, 200)
  })

  await t.test('what nobody has is not found', async t => {
    for (const path of ['/nope', '/apis/nope/v1']) {
      const reply = await target.admin.call('GET', path)
      t.equal(reply.status, 404, path)
      t.equal(reply.text.trim(), '404 page not found', path)
    }
    const unknown = { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' }
    refused(t, await target.admin.call('GET', '/api/v1/nope'), unknown)
    refused(t, await target.admin.call('GET', `/api/v1/namespaces/${tool.namespace}/nope`), unknown)
    refused(t, await client.call('GET', '/nope'), {
      code: 403,
      reason: 'Forbidden',
      message: `forbidden: User "${tool.name}" cannot get path "/nope"`,
    })
  })

  await t.test('it speaks HTTP/2 with many requests on one connection', async t => {
    const session = connect(target.endpoint.url, {
      ca: target.endpoint.ca,
      cert: tool.keys.certificate,
      key: tool.keys.key,
    })
    t.teardown(() => session.destroy())
    const status = () =>
      new Promise((resolve, reject) => {
        const path = `/api/v1/namespaces/${tool.namespace}/pods`
        const stream = session.request({ ':path': path, accept: 'application/json' })
        stream.on('response', headers => resolve(headers[':status']))
        stream.on('error', reject)
        stream.resume()
      })
    t.strictSame(
      await Promise.all(Array.from({ length: 20 }, status)),
      Array.from({ length: 20 }, () => 200),
    )
    t.equal(session.alpnProtocol, 'h2')
  })
}
