import { at, listAt, textAt } from '../../support/json.ts'
import { deployer } from './deployments.ts'
import { changed, collections, created, got, mergePatch, refused } from './kit.ts'
import type { Suite } from './target.ts'

const serviceOf = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8000 }], ...spec },
})

/** Services as objects: who answers at their addresses is another matter. */
export const services: Suite = async (t, target) => {
  const tool = await deployer(target)
  const { client } = tool
  const paths = collections(tool)

  await t.test('a new one gets its defaults and an address, which stays', async t => {
    const service = await created(client, paths.services, serviceOf('web'))
    const address = textAt(service, 'spec', 'clusterIP')
    t.match(address, /^10\.\d+\.\d+\.\d+$/)
    t.strictSame(at(service, 'spec'), {
      selector: { app: 'web' },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 8000 }],
      type: 'ClusterIP',
      clusterIP: address,
      clusterIPs: [address],
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    })
    t.strictSame(at(service, 'status'), { loadBalancer: {} })
    t.equal(at(service, 'metadata', 'generation'), undefined)
    const port = await changed(client, `${paths.services}/web`, { spec: { ports: [{ port: 81 }] } })
    t.strictSame(at(port, 'spec', 'ports'), [{ port: 81, protocol: 'TCP', targetPort: 81 }])
    const replaced = await client.call('PUT', `${paths.services}/web`, { body: serviceOf('web') })
    t.equal(replaced.status, 200)
    t.equal(at(replaced.body, 'spec', 'clusterIP'), address, 'also when it is left out')
    refused(
      t,
      await client.call('PATCH', `${paths.services}/web`, {
        type: mergePatch,
        body: { spec: { clusterIP: '10.1.2.3', clusterIPs: ['10.1.2.3'] } },
      }),
      {
        code: 422,
        reason: 'Invalid',
        message: /^Service "web" is invalid: spec\.clusterIPs\[0\]: Invalid value: .*may not change once set/,
      },
    )
  })

  await t.test('kinds without an address', async t => {
    const none = await created(client, paths.services, serviceOf('none', { clusterIP: 'None' }))
    t.hasStrict(at(none, 'spec'), { clusterIP: 'None', clusterIPs: ['None'], type: 'ClusterIP' })
    const name = await created(client, paths.services, {
      ...serviceOf('name'),
      spec: { type: 'ExternalName', externalName: 'example.org' },
    })
    t.equal(at(name, 'spec', 'clusterIP'), undefined)
  })

  await t.test('a name may begin with a digit, and is one label', async t => {
    t.equal((await client.call('POST', `${paths.services}?dryRun=All`, { body: serviceOf('1-web') })).status, 201)
    for (const name of ['a.b', 'A', '-a', 'x'.repeat(64)]) {
      const reply = await client.call('POST', paths.services, { body: serviceOf(name) })
      refused(t, reply, {
        code: 422,
        reason: 'Invalid',
        message: new RegExp(`^Service "${name}" is invalid: \\[?metadata.name: Invalid value: `),
      })
    }
  })

  await t.test('what cannot be is refused with the field', async t => {
    const post = (spec: object) => client.call('POST', `${paths.services}?dryRun=All`, { body: serviceOf('bad', spec) })
    const says = async (spec: object, message: string) =>
      refused(t, await post(spec), { code: 422, reason: 'Invalid', message: `Service "bad" is invalid: ${message}` })
    await says({ ports: [] }, 'spec.ports: Required value')
    await says(
      { ports: [{ port: 0 }] },
      '[spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive]',
    )
    await says(
      { ports: [{ port: 80, protocol: 'HTTP' }] },
      'spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
    )
    await says(
      { ports: [{ port: 80, targetPort: 'no_port' }] },
      'spec.ports[0].targetPort: Invalid value: "no_port": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    )
    await says(
      { ports: [{ port: 80 }, { port: 81 }] },
      '[spec.ports[0].name: Required value, spec.ports[1].name: Required value]',
    )
    await says(
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'a', port: 81 },
        ],
      },
      'spec.ports[1].name: Duplicate value: "a"',
    )
    await says(
      { type: 'Other' },
      'spec.type: Unsupported value: "Other": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    )
    await says(
      { sessionAffinity: 'Other' },
      'spec.sessionAffinity: Unsupported value: "Other": supported values: "ClientIP", "None"',
    )
    const taken = textAt(await got(client, `${paths.services}/web`), 'spec', 'clusterIP')
    refused(t, await client.call('POST', paths.services, { body: serviceOf('bad', { clusterIP: taken }) }), {
      code: 422,
      reason: 'Invalid',
      message: `Service "bad" is invalid: spec.clusterIPs: Invalid value: ["${taken}"]: failed to allocate IP ${taken}: provided IP is already allocated`,
    })
  })

  await t.test('they are listed, count for the quota, and a delete answers with the object', async t => {
    const names = listAt(await got(client, paths.services), 'items').map(item => at(item, 'metadata', 'name'))
    t.strictSame(names, ['name', 'none', 'web'])
    const { client: small, ...other } = await target.newTool()
    const own = collections(other)
    await created(small, own.services, serviceOf('one'))
    refused(t, await small.call('POST', own.services, { body: serviceOf('two') }), {
      code: 403,
      reason: 'Forbidden',
      message: `services "two" is forbidden: exceeded quota: ${other.namespace}, requested: services=1, used: services=1, limited: services=1`,
    })
    t.hasStrict((await small.call('DELETE', `${own.services}/one`)).body, {
      kind: 'Service',
      metadata: { name: 'one' },
    })
    t.equal((await small.call('GET', `${own.services}/one`)).status, 404)
  })
}
