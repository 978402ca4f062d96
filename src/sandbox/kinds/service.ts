import { isIP } from 'node:net'
import { duplicate, type FieldError, invalid, notPermitted, notSupported, required } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import { validateLabels } from '../meta.ts'
import { notImplemented } from '../status.ts'
import { labelErrors, portNumberErrors, qualifiedNameErrors, subdomainErrors } from '../syntax.ts'
import { validatePortReference, validateProtocol } from './ports.ts'
import type { Service } from './types.ts'

type Spec = Service['spec']
type Port = NonNullable<Spec['ports']>[number]

/** Of a Service that has no address of its own. */
export const headless = 'None'

export const services: Kind<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status'],
  // Since 1.36 a name may begin with a digit.
  name: 'label',
  returnsDeleted: true,
  fields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type ?? '',
  },
  columns: [
    { name: 'Type', value: ({ spec }) => spec.type ?? '' },
    { name: 'Cluster-IP', value: ({ spec }) => spec.clusterIPs?.[0] ?? '<none>' },
    { name: 'External-IP', value: ({ spec }) => externalAddress(spec) },
    { name: 'Port(s)', value: ({ spec }) => portList(spec) },
    { name: 'Selector', wide: true, value: ({ spec }) => selectorList(spec) },
  ],

  defaults({ spec }) {
    spec.type ||= 'ClusterIP'
    defaultAffinity(spec)
    for (const port of spec.ports ?? []) {
      port.protocol ||= 'TCP'
      port.targetPort ||= port.port
    }
    if (spec.type === 'ExternalName') return
    spec.internalTrafficPolicy ??= 'Cluster'
    if (spec.clusterIP && spec.clusterIPs === undefined) spec.clusterIPs = [spec.clusterIP]
    if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0]
    spec.ipFamilies ??= ['IPv4']
    spec.ipFamilyPolicy ??= 'SingleStack'
  },

  prepare(service) {
    service.status = { loadBalancer: {} }
  },

  /** @throws StatusError 501 for types that open ports of the node. */
  validate({ spec }, old) {
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
      throw notImplemented(`services of type ${spec.type}`)
    }
    const errors = [
      ...validateType(spec),
      ...(spec.ports ?? []).flatMap((port, i, all) => validatePort(port, `spec.ports[${i}]`, all)),
      ...validateLabels(spec.selector, 'spec.selector'),
      ...validateAffinity(spec),
      ...validateAddresses(spec),
    ]
    return old === undefined ? errors : [...errors, ...validateUpdate(spec, old.spec)]
  },
}

function defaultAffinity(spec: Spec): void {
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity !== 'ClientIP' || spec.sessionAffinityConfig?.clientIP?.timeoutSeconds !== undefined) return
  spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10_800 } }
}

function validateType({ type, ports, clusterIP, clusterIPs, externalName = '' }: Spec): FieldError[] {
  if (type === 'ExternalName') {
    const name = externalName.replace(/\.$/, '')
    const field = 'spec.externalName'
    return [
      ...(clusterIPs?.length ? [notPermitted('spec.clusterIPs', 'may not be set for ExternalName services')] : []),
      ...(name === '' ? [required(field)] : subdomainErrors(name).map(error => invalid(field, name, error))),
    ]
  }
  const errors = ports === undefined && clusterIP !== headless ? [required('spec.ports')] : []
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
  return types.includes(type ?? '') ? errors : [...errors, notSupported('spec.type', type, types)]
}

function validatePort(port: Port, field: string, all: readonly Port[]): FieldError[] {
  const before = all.slice(0, all.indexOf(port))
  const again = before.some(other => other.port === port.port && other.protocol === port.protocol)
  return [
    ...validatePortName(port.name, `${field}.name`, { needed: all.length > 1, before }),
    ...portNumberErrors(port.port ?? 0).map(error => invalid(`${field}.port`, port.port ?? 0, error)),
    ...validateProtocol(port.protocol, `${field}.protocol`),
    ...validatePortReference(port.targetPort, `${field}.targetPort`),
    ...(port.appProtocol === undefined
      ? []
      : qualifiedNameErrors(port.appProtocol).map(error => invalid(`${field}.appProtocol`, port.appProtocol, error))),
    ...(port.nodePort ? [notPermitted(`${field}.nodePort`, "may not be used when `type` is 'ClusterIP'")] : []),
    ...(again ? [duplicate(field, { port: port.port, protocol: port.protocol })] : []),
  ]
}

function validatePortName(
  name: string | undefined,
  field: string,
  { needed, before }: { needed: boolean; before: readonly Port[] },
): FieldError[] {
  if (!name) return needed ? [required(field)] : []
  const errors = labelErrors(name).map(error => invalid(field, name, error))
  return before.some(other => other.name === name) ? [...errors, duplicate(field, name)] : errors
}

function validateAffinity({ sessionAffinity }: Spec): FieldError[] {
  const known = ['ClientIP', 'None']
  return known.includes(sessionAffinity ?? '') ? [] : [notSupported('spec.sessionAffinity', sessionAffinity, known)]
}

function validateAddresses({ type, clusterIP, clusterIPs = [] }: Spec): FieldError[] {
  const field = 'spec.clusterIPs'
  if (type === 'ExternalName') return []
  if (!clusterIP) return []
  if (clusterIPs[0] !== clusterIP) return [invalid(field, clusterIPs, 'first value must match `clusterIP`')]
  if (clusterIPs.length > 1) return [invalid(field, clusterIPs, 'the sandbox has IPv4 only')]
  if (clusterIP === headless || isIP(clusterIP) !== 0) return []
  return [invalid(`${field}[0]`, clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]
}

/** An address stays, unless the Service comes from or goes to ExternalName. */
function validateUpdate(spec: Spec, old: Spec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || spec.clusterIP === old.clusterIP) return []
  return [invalid('spec.clusterIPs[0]', spec.clusterIPs ?? null, 'may not change once set')]
}

function externalAddress({ type, externalIPs = [], externalName }: Spec): string {
  if (type === 'ExternalName') return externalName ?? ''
  return externalIPs.length > 0 ? externalIPs.join(',') : '<none>'
}

const portList = ({ ports = [] }: Spec): string =>
  ports.map(({ port, protocol }) => `${port}/${protocol}`).join(',') || '<none>'

const selectorList = ({ selector = {} }: Spec): string =>
  Object.keys(selector)
    .sort()
    .map(key => `${key}=${selector[key]}`)
    .join(',') || '<none>'
