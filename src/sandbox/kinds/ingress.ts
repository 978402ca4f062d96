import { isIP } from 'node:net'
import { type FieldError, invalid, notSupported, required } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import {
  labelErrors,
  pathErrors,
  portNameErrors,
  portNumberErrors,
  subdomainErrors,
  wildcardErrors,
} from '../syntax.ts'
import type { Ingress } from './types.ts'

type Spec = Ingress['spec']
export type IngressRule = NonNullable<Spec['rules']>[number]
export type IngressPath = NonNullable<IngressRule['http']>['paths'][number]
export type IngressBackend = IngressPath['backend']

export const ingresses: Kind<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  namespaced: true,
  subresources: ['status'],
  generation: true,
  columns: [
    { name: 'Class', value: ({ spec }) => spec.ingressClassName ?? '<none>' },
    { name: 'Hosts', value: ({ spec }) => hostList(spec) },
    { name: 'Address', value: ({ status }) => addressList(status) },
    { name: 'Ports', value: ({ spec }) => (spec.tls?.length ? '80, 443' : '80') },
  ],

  prepare(ingress) {
    ingress.status = { loadBalancer: {} }
  },

  validate({ spec }) {
    const { rules = [], defaultBackend, tls = [], ingressClassName } = spec
    const neither = 'either `defaultBackend` or `rules` must be specified'
    return [
      ...(rules.length === 0 && defaultBackend === undefined ? [invalid('spec', null, neither)] : []),
      ...(defaultBackend === undefined ? [] : validateBackend(defaultBackend, 'spec.defaultBackend')),
      ...rules.flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`)),
      ...tls.flatMap(({ hosts = [] }, i) =>
        hosts.flatMap((host, k) => validateHost(host, `spec.tls[${i}].hosts[${k}]`)),
      ),
      ...(ingressClassName === undefined
        ? []
        : subdomainErrors(ingressClassName).map(error => invalid('spec.ingressClassName', ingressClassName, error))),
    ]
  },
}

const validateHost = (host: string, field: string): FieldError[] =>
  (host.includes('*') ? wildcardErrors(host) : subdomainErrors(host)).map(error => invalid(field, host, error))

function validateRule({ host, http }: IngressRule, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (host && isIP(host) !== 0) errors.push(invalid(`${field}.host`, host, 'must be a DNS name, not an IP address'))
  if (host) errors.push(...validateHost(host, `${field}.host`))
  if (http === undefined) return errors
  const { paths = [] } = http
  if (paths.length === 0) errors.push(required(`${field}.http.paths`))
  return [...errors, ...paths.flatMap((path, i) => validatePath(path, `${field}.http.paths[${i}]`))]
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']

function validatePath({ path = '', pathType, backend }: IngressPath, field: string): FieldError[] {
  if (!pathType) return [required(`${field}.pathType`, 'pathType must be specified')]
  const errors = pathTypes.includes(pathType)
    ? validatePathText(path, pathType, `${field}.path`)
    : [notSupported(`${field}.pathType`, pathType, pathTypes)]
  return [...errors, ...validateBackend(backend, `${field}.backend`)]
}

const neverWithin = ['//', '/./', '/../', '%2f', '%2F']
const neverAtEnd = ['/..', '/.']

function validatePathText(path: string, type: string, field: string): FieldError[] {
  const relative = path.startsWith('/') ? [] : [invalid(field, path, 'must be an absolute path')]
  if (type === 'ImplementationSpecific') return path === '' ? [] : relative
  return [
    ...relative,
    ...neverWithin.filter(bad => path.includes(bad)).map(bad => invalid(field, path, `must not contain '${bad}'`)),
    ...neverAtEnd.filter(bad => path.endsWith(bad)).map(bad => invalid(field, path, `cannot end with '${bad}'`)),
  ]
}

function validateBackend({ resource, service }: IngressBackend, field: string): FieldError[] {
  if (resource !== undefined) {
    if (service !== undefined) return [invalid(field, '', 'cannot set both resource and service backends')]
    return (['kind', 'name'] as const).flatMap(part => {
      const text = resource[part]
      const at = `${field}.resource.${part}`
      return text ? pathErrors(text).map(error => invalid(at, text, error)) : [required(at)]
    })
  }
  if (service === undefined) return [invalid(field, '', 'resource or service backend is required')]
  const { name, port = {} } = service
  const at = `${field}.service.name`
  const errors = name ? labelErrors(name).map(error => invalid(at, name, error)) : [required(at)]
  return [...errors, ...validatePort(port, field)]
}

function validatePort({ name, number }: { name?: string; number?: number }, field: string): FieldError[] {
  if (name && number) return [invalid(field, '', 'cannot set both port name & port number')]
  if (name) return portNameErrors(name).map(error => invalid(`${field}.service.port.name`, name, error))
  if (number) return portNumberErrors(number).map(error => invalid(`${field}.service.port.number`, number, error))
  return [required(field, 'port name or number is required')]
}

/** At most three hosts, and how many rules there are besides. */
function hostList({ rules = [] }: Spec): string {
  const hosts = rules.map(({ host }) => host).filter(host => host !== undefined && host !== '')
  if (hosts.length === 0) return '*'
  const shown = hosts.slice(0, 3).join(',')
  return hosts.length > 3 ? `${shown} + ${rules.length - 3} more...` : shown
}

const addressList = ({ loadBalancer }: Ingress['status']): string =>
  (loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').join(',')
