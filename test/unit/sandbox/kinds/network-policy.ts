import t from 'tap'
import { networkPolicies } from '../../../../src/sandbox/kinds/network-policy.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

const create = (spec: object) =>
  createTestStore().store.create(networkPolicies, newOf(networkPolicies, 'a', { spec: { podSelector: {}, ...spec } }))
const refused = (spec: object) => refusalOf(() => create(spec)).message

t.test('what is left out has its usual meaning', async t => {
  t.strictSame(create({})['spec'], { podSelector: {}, policyTypes: ['Ingress'] })
  const { spec } = create({ ingress: [{ ports: [{ port: 80 }, { protocol: 'UDP' }] }], egress: [{}] })
  t.strictSame(spec.policyTypes, ['Ingress', 'Egress'])
  t.match(spec.ingress, [{ ports: [{ port: 80, protocol: 'TCP' }, { protocol: 'UDP' }] }])
})

t.test('peers are pods, namespaces, or a block of addresses', async t => {
  const from = (peer: object) => ({ ingress: [{ from: [peer] }] })
  for (const peer of [{ podSelector: {} }, { podSelector: {}, namespaceSelector: {} }, { ipBlock: { cidr: '::/0' } }])
    t.ok(create(from(peer)))
  t.match(refused(from({})), 'spec.ingress[0].from[0]: Required value: must specify a peer')
  t.match(
    refused(from({ ipBlock: { cidr: '::/0' }, podSelector: {} })),
    'may not specify both ipBlock and another peer',
  )
  t.match(refused(from({ podSelector: { matchLabels: { a: '-' } } })), 'from[0].podSelector.matchLabels: Invalid value')
  t.match(
    refused({ egress: [{ to: [{ namespaceSelector: { matchLabels: { a: '-' } } }] }] }),
    'egress[0].to[0].namespace',
  )
  t.match(refused(from({ ipBlock: { cidr: '' } })), 'ipBlock.cidr: Required value')
  t.match(refused(from({ ipBlock: { cidr: 'x', except: ['y'] } })), 'ipBlock.cidr: Invalid value: "x"')
  const except = (...texts: string[]) => from({ ipBlock: { cidr: '10.0.0.0/8', except: texts } })
  t.ok(create(except('10.1.0.0/16')))
  for (const text of ['10.0.0.0/8', '11.0.0.0/16', '10.0.0.0/7', '::/64'])
    t.match(refused(except('10.1.0.0/16', text)), 'except[1]: Invalid value', text)
  t.match(refused(except('z')), 'must be a valid CIDR value')
})

t.test('ports are numbers, ranges or names', async t => {
  const port = (fields: object) => ({ ingress: [{ ports: [fields] }] })
  for (const fields of [{ port: 1 }, { port: 1, endPort: 1 }, { port: 'web' }]) t.ok(create(port(fields)))
  t.match(refused(port({ port: 70_000 })), 'ports[0].port: Invalid value: 70000: must be between 1 and 65535')
  t.match(refused(port({ port: 2, endPort: 1 })), 'must be greater than or equal to `port`')
  t.match(refused(port({ port: 2, endPort: 70_000 })), 'ports[0].endPort: Invalid value: 70000')
  t.match(refused(port({ port: 'web', endPort: 1 })), 'when `port` is non-numeric')
  t.match(refused(port({ endPort: 1 })), 'when `port` is not specified')
  t.match(refused(port({ port: 'A' })), 'must contain only alpha-numeric characters')
  t.match(refused(port({ protocol: 'ICMP' })), 'supported values: "TCP", "UDP", "SCTP"')
})

t.test('directions are two', async t => {
  t.match(refused({ policyTypes: ['x'] }), 'spec.policyTypes[0]: Unsupported value: "x"')
  t.match(refused({ policyTypes: ['Ingress', 'Egress', 'x'] }), 'may not specify more than two policyTypes')
  t.match(
    refused({ podSelector: { matchExpressions: [{ key: 'a', operator: 'x' }] } }),
    'not a valid selector operator',
  )
})
