import { type FieldError, invalid, notPermitted, notSupported, required } from '../field-error.ts'
import { validatePortReference } from './ports.ts'
import type { Container, Probe } from './types.ts'

export const probeFields = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
export type ProbeField = (typeof probeFields)[number]

export function defaultProbes(container: Container): void {
  for (const field of probeFields) {
    const probe = container[field]
    if (probe !== undefined) defaultProbe(probe)
  }
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.httpGet !== undefined) {
    probe.httpGet.path ||= '/'
    probe.httpGet.scheme ||= 'HTTP'
  }
  if (probe.grpc !== undefined) probe.grpc.service ??= ''
}

export const validateProbes = (container: Container, path: string): FieldError[] =>
  probeFields.flatMap(field => {
    const probe = container[field]
    return probe === undefined ? [] : validateProbe(field, probe, `${path}.${field}`)
  })

const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

function validateProbe(field: ProbeField, probe: Probe, path: string): FieldError[] {
  const negative = counts
    .filter(count => (probe[count] ?? 0) < 0)
    .map(count => invalid(`${path}.${count}`, probe[count], 'must be greater than or equal to 0'))
  return [...validateHandler(probe, path), ...negative, ...validateRest(field, probe, path)]
}

function validateRest(field: ProbeField, probe: Probe, path: string): FieldError[] {
  const { terminationGracePeriodSeconds: grace, successThreshold } = probe
  const graceField = `${path}.terminationGracePeriodSeconds`
  const errors = grace !== undefined && grace <= 0 ? [invalid(graceField, grace, 'must be greater than 0')] : []
  if (field !== 'readinessProbe') {
    return successThreshold === 1
      ? errors
      : [...errors, invalid(`${path}.successThreshold`, successThreshold, 'must be 1')]
  }
  return grace === undefined ? errors : [...errors, invalid(graceField, grace, 'must not be set for readinessProbes')]
}

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const

/** Exactly one of them. */
function validateHandler(probe: Probe, path: string): FieldError[] {
  const [first, ...others] = handlers.filter(handler => probe[handler] !== undefined)
  if (first === undefined) return [required(path, 'must specify a handler type')]
  const more = others.map(handler => notPermitted(`${path}.${handler}`, 'may not specify more than 1 handler type'))
  return [...validateAction(probe, first, `${path}.${first}`), ...more]
}

function validateAction(probe: Probe, handler: (typeof handlers)[number], path: string): FieldError[] {
  switch (handler) {
    case 'exec':
      return probe.exec?.command?.length ? [] : [required(`${path}.command`)]
    case 'httpGet':
      return validateHttpGet(probe.httpGet, path)
    default:
      return validatePortReference(probe[handler]?.port, `${path}.port`)
  }
}

function validateHttpGet(action: Probe['httpGet'], path: string): FieldError[] {
  const { port, scheme, httpHeaders = [] } = action ?? {}
  const schemes = ['HTTP', 'HTTPS']
  return [
    ...validatePortReference(port, `${path}.port`),
    ...(schemes.includes(scheme ?? '') ? [] : [notSupported(`${path}.scheme`, scheme, schemes)]),
    ...httpHeaders
      .filter(({ name }) => !/^[-A-Za-z0-9]+$/.test(name))
      .map(({ name }) => invalid(`${path}.httpHeaders`, name, headerText)),
  ]
}

const headerText =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
