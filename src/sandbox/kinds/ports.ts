import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error.ts'
import { portNameErrors, portNumberErrors } from '../syntax.ts'
import type { Container } from './types.ts'

type ContainerPort = NonNullable<Container['ports']>[number]

export const protocols = ['SCTP', 'TCP', 'UDP']

/** A port as a number, or by the name that a container gives it. */
export function validatePortReference(port: number | string | undefined, field: string): FieldError[] {
  if (typeof port === 'string') return portNameErrors(port).map(error => invalid(field, port, error))
  return portNumberErrors(port ?? 0).map(error => invalid(field, port ?? 0, error))
}

export const validateProtocol = (protocol: string | undefined, field: string): FieldError[] =>
  protocols.includes(protocol ?? '') ? [] : [notSupported(field, protocol, protocols)]

export function validateContainerPorts(ports: readonly ContainerPort[], field: string): FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, i) => [
    ...validateName(port.name, `${field}[${i}].name`, names),
    ...validateNumbers(port, `${field}[${i}]`),
    ...validateProtocol(port.protocol, `${field}[${i}].protocol`),
  ])
}

function validateName(name: string | undefined, field: string, taken: Set<string>): FieldError[] {
  if (!name) return []
  const errors = portNameErrors(name).map(error => invalid(field, name, error))
  if (errors.length > 0) return errors
  if (taken.has(name)) return [duplicate(field, name)]
  taken.add(name)
  return []
}

function validateNumbers({ containerPort, hostPort }: ContainerPort, field: string): FieldError[] {
  const container = containerPort
    ? portNumberErrors(containerPort).map(error => invalid(`${field}.containerPort`, containerPort, error))
    : [required(`${field}.containerPort`)]
  const host = hostPort ? portNumberErrors(hostPort).map(error => invalid(`${field}.hostPort`, hostPort, error)) : []
  return [...container, ...host]
}
