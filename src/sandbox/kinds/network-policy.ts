import { cidrErrors, isWithin, parseCidr } from '../cidr.ts'
import { type FieldError, invalid, notPermitted, notSupported, required } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import { formatSelector, selectorErrors } from '../object-selector.ts'
import { portNameErrors, portNumberErrors } from '../syntax.ts'
import type { NetworkPolicy } from './types.ts'

type Spec = NetworkPolicy['spec']
type Ingress = NonNullable<Spec['ingress']>[number]
type Port = NonNullable<Ingress['ports']>[number]
type Peer = NonNullable<Ingress['_from']>[number]
/** As it is on the wire: the type of the library has another name for `from`. */
interface Rule {
  ports?: Port[]
  from?: Peer[]
  to?: Peer[]
}

/** Kept and shown, and that is all: nothing holds processes of one machine apart. */
export const networkPolicies: Kind<NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  namespaced: true,
  generation: true,
  columns: [{ name: 'Pod-Selector', value: ({ spec }) => formatSelector(spec.podSelector) || '<none>' }],

  defaults({ spec }) {
    for (const { ports = [] } of [...rulesOf(spec, 'ingress'), ...rulesOf(spec, 'egress')]) {
      for (const port of ports) port.protocol ??= 'TCP'
    }
    spec.policyTypes ??= spec.egress === undefined ? ['Ingress'] : ['Ingress', 'Egress']
  },

  validate({ spec }) {
    return [
      ...selectorErrors(spec.podSelector, 'spec.podSelector'),
      ...rulesOf(spec, 'ingress').flatMap((rule, i) => validateRule(rule, `spec.ingress[${i}]`)),
      ...rulesOf(spec, 'egress').flatMap((rule, i) => validateRule(rule, `spec.egress[${i}]`)),
      ...validateTypes(spec.policyTypes ?? []),
    ]
  },
}

const rulesOf = (spec: Spec, direction: 'ingress' | 'egress'): Rule[] => spec[direction] ?? []

function validateRule({ ports = [], from = [], to = [] }: Rule, field: string): FieldError[] {
  return [
    ...ports.flatMap((port, i) => validatePort(port, `${field}.ports[${i}]`)),
    ...from.flatMap((peer, i) => validatePeer(peer, `${field}.from[${i}]`)),
    ...to.flatMap((peer, i) => validatePeer(peer, `${field}.to[${i}]`)),
  ]
}

const protocols = ['TCP', 'UDP', 'SCTP']

function validatePort({ protocol, port, endPort }: Port, field: string): FieldError[] {
  const wrong =
    protocol === undefined || protocols.includes(protocol)
      ? []
      : [notSupported(`${field}.protocol`, protocol, protocols)]
  if (typeof port === 'number') return [...wrong, ...validateNumbers(port, endPort, field)]
  const why = `may not be specified when \`port\` is ${port === undefined ? 'not specified' : 'non-numeric'}`
  return [
    ...wrong,
    ...(endPort === undefined ? [] : [invalid(`${field}.endPort`, endPort, why)]),
    ...(port === undefined ? [] : portNameErrors(port).map(error => invalid(`${field}.port`, port, error))),
  ]
}

function validateNumbers(port: number, endPort: number | undefined, field: string): FieldError[] {
  const errors = portNumberErrors(port).map(error => invalid(`${field}.port`, port, error))
  if (endPort === undefined) return errors
  if (endPort < port) errors.push(invalid(`${field}.endPort`, port, 'must be greater than or equal to `port`'))
  return [...errors, ...portNumberErrors(endPort).map(error => invalid(`${field}.endPort`, endPort, error))]
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: Peer, field: string): FieldError[] {
  const selectors = [podSelector, namespaceSelector].filter(selector => selector !== undefined)
  const errors = [
    ...selectorErrors(podSelector ?? {}, `${field}.podSelector`),
    ...selectorErrors(namespaceSelector ?? {}, `${field}.namespaceSelector`),
    ...(ipBlock === undefined ? [] : validateBlock(ipBlock, `${field}.ipBlock`)),
  ]
  if (ipBlock === undefined && selectors.length === 0) return [...errors, required(field, 'must specify a peer')]
  if (ipBlock === undefined || selectors.length === 0) return errors
  return [...errors, notPermitted(field, 'may not specify both ipBlock and another peer')]
}

function validateBlock({ cidr, except = [] }: NonNullable<Peer['ipBlock']>, field: string): FieldError[] {
  if (!cidr) return [required(`${field}.cidr`)]
  const outer = parseCidr(cidr)
  const errors = cidrErrors(cidr).map(error => invalid(`${field}.cidr`, cidr, error))
  if (outer === undefined) return errors
  return [
    ...errors,
    ...except.flatMap((text, i) => {
      const inner = parseCidr(text)
      const why = cidrErrors(text)
      if (inner !== undefined && !isWithin(inner, outer)) why.push('must be a strict subset of `cidr`')
      return why.map(error => invalid(`${field}.except[${i}]`, text, error))
    }),
  ]
}

const policyTypes = ['Ingress', 'Egress']

const validateTypes = (types: readonly string[]): FieldError[] =>
  types.length > policyTypes.length
    ? [invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
    : types.flatMap((type, i) =>
        policyTypes.includes(type) ? [] : [notSupported(`spec.policyTypes[${i}]`, type, policyTypes)],
      )
