import { at } from '../../support/json.ts'
import { changed, collections, created, refused, roomyTool } from './kit.ts'
import type { Suite } from './target.ts'

const backendOf = (name: string, port: object = { number: 80 }) => ({ service: { name, port } })

const ruleOf = (path: object = {}) => ({
  host: 'a.example.org',
  http: { paths: [{ path: '/', pathType: 'Prefix', backend: backendOf('web'), ...path }] },
})

const ingressOf = (name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name },
  spec,
})

/** Ingresses as objects: a cluster serves them only where there is a controller for it. */
export const ingresses: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const paths = collections(tool)

  await t.test('one is stored as it was written', async t => {
    const spec = { ingressClassName: 'some', rules: [ruleOf()] }
    const ingress = await created(client, paths.ingresses, ingressOf('web', spec))
    t.strictSame(at(ingress, 'spec'), spec)
    t.strictSame(at(ingress, 'status'), { loadBalancer: {} })
    t.equal(at(ingress, 'metadata', 'generation'), 1)
    const next = await changed(client, `${paths.ingresses}/web`, {
      spec: { rules: [{ ...ruleOf(), host: 'b.example.org' }] },
    })
    t.equal(at(next, 'metadata', 'generation'), 2)
    await created(client, paths.ingresses, ingressOf('all', { defaultBackend: backendOf('1-web', { name: 'http' }) }))
    await created(client, paths.ingresses, ingressOf('wild', { rules: [{ host: '*.example.org' }] }))
  })

  await t.test('what cannot be is refused with the field', async t => {
    const says = async (spec: object, message: string | RegExp) => {
      const reply = await client.call('POST', `${paths.ingresses}?dryRun=All`, { body: ingressOf('bad', spec) })
      const wanted = typeof message === 'string' ? `Ingress.networking.k8s.io "bad" is invalid: ${message}` : message
      refused(t, reply, { code: 422, reason: 'Invalid', message: wanted })
    }
    const path = 'spec.rules[0].http.paths[0]'
    await says({}, /spec: Invalid value: .*: either `defaultBackend` or `rules` must be specified$/)
    await says(
      { rules: [{ ...ruleOf(), host: '127.0.0.1' }] },
      'spec.rules[0].host: Invalid value: "127.0.0.1": must be a DNS name, not an IP address',
    )
    await says(
      { rules: [{ ...ruleOf(), host: 'A' }] },
      /spec\.rules\[0\]\.host: Invalid value: "A": a lowercase RFC 1123 subdomain must/,
    )
    await says(
      { rules: [{ ...ruleOf(), host: 'a.*.b' }] },
      /spec\.rules\[0\]\.host: Invalid value: "a\.\*\.b": a wildcard DNS-1123 subdomain must start with/,
    )
    await says(
      { rules: [ruleOf({ pathType: undefined })] },
      `${path}.pathType: Required value: pathType must be specified`,
    )
    await says(
      { rules: [ruleOf({ pathType: 'Other' })] },
      `${path}.pathType: Unsupported value: "Other": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
    )
    await says({ rules: [ruleOf({ path: 'a' })] }, `${path}.path: Invalid value: "a": must be an absolute path`)
    await says({ rules: [ruleOf({ path: '/a//b' })] }, `${path}.path: Invalid value: "/a//b": must not contain '//'`)
    await says(
      { rules: [ruleOf({ backend: {} })] },
      `${path}.backend: Invalid value: "": resource or service backend is required`,
    )
    await says({ rules: [ruleOf({ backend: backendOf('') })] }, `${path}.backend.service.name: Required value`)
    await says(
      { rules: [ruleOf({ backend: backendOf('web', {}) })] },
      `${path}.backend: Required value: port name or number is required`,
    )
    await says(
      { rules: [ruleOf({ backend: backendOf('web', { number: 1, name: 'a' }) })] },
      `${path}.backend: Invalid value: "": cannot set both port name & port number`,
    )
    await says({ rules: [{ http: { paths: [] } }] }, 'spec.rules[0].http.paths: Required value')
  })

  await t.test('a delete answers with the uid', async t => {
    const reply = await client.call('DELETE', `${paths.ingresses}/web`)
    t.hasStrict(reply.body, { kind: 'Status', details: { name: 'web', group: 'networking.k8s.io', kind: 'ingresses' } })
  })
}
