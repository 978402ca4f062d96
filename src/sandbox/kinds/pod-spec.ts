import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error.ts'
import { addQuantity, parseQuantity, type Quantity } from '../quantity.ts'
import { labelErrors } from '../syntax.ts'
import { validateContainerPorts } from './ports.ts'
import { defaultProbes, validateProbes } from './probe.ts'
import type { Container, PodSpec, Volume } from './types.ts'

const requestsFromLimits = (container: Container): void => {
  const { limits, requests } = container.resources ?? {}
  if (limits !== undefined) container.resources = { ...container.resources, requests: { ...limits, ...requests } }
}

/** What every pod spec gets, that of a template too. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ??= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.schedulerName ||= 'default-scheduler'
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= 30
  for (const container of allContainers(spec)) defaultContainer(container)
  for (const volume of spec.volumes ?? []) defaultVolume(volume)
}

function defaultContainer(container: Container): void {
  container.imagePullPolicy ||= pullPolicy(container.image ?? '')
  container.resources ??= {}
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  defaultProbes(container)
}

function defaultVolume(volume: Volume): void {
  if (volume.hostPath) volume.hostPath.type ??= ''
  if (volume.configMap) volume.configMap.defaultMode ??= 0o644
  if (volume.secret) volume.secret.defaultMode ??= 0o644
  if (Object.keys(volume).length === 1) volume.emptyDir = {}
}

/** What only a pod gets, not a template. */
export function defaultPod(spec: PodSpec): void {
  defaultPodSpec(spec)
  spec.enableServiceLinks ??= true
  for (const container of allContainers(spec)) requestsFromLimits(container)
}

const allContainers = (spec: PodSpec): Container[] => [...(spec.initContainers ?? []), ...(spec.containers ?? [])]

const pullPolicy = (image: string): string =>
  /@|:[^/]+$/.test(image) && !image.endsWith(':latest') ? 'IfNotPresent' : 'Always'

export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map(volume => volume.name))
  return [
    ...validateVolumes(spec, `${path}.volumes`),
    ...validateContainers(spec.containers ?? [], `${path}.containers`, volumes),
    ...(spec.initContainers ? validateContainers(spec.initContainers, `${path}.initContainers`, volumes) : []),
    ...oneOf(spec.restartPolicy, `${path}.restartPolicy`, ['Always', 'OnFailure', 'Never']),
    ...oneOf(spec.dnsPolicy, `${path}.dnsPolicy`, ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
    ...validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`),
    ...(spec.hostname ? labelErrors(spec.hostname).map(e => invalid(`${path}.hostname`, spec.hostname, e)) : []),
  ]
}

const oneOf = (value: string | undefined, path: string, values: readonly string[]): FieldError[] =>
  value !== undefined && values.includes(value) ? [] : [notSupported(path, value, values)]

const validateDeadline = (seconds: number | undefined, path: string): FieldError[] =>
  seconds === undefined || (seconds >= 1 && seconds <= 2 ** 31 - 1)
    ? []
    : [invalid(path, seconds, 'must be between 1 and 2147483647, inclusive')]

function validateName(name: string | undefined, path: string, taken: Set<string>): FieldError[] {
  if (!name) return [required(path)]
  const errors = labelErrors(name).map(error => invalid(path, name, error))
  if (taken.has(name)) errors.push(duplicate(path, name))
  taken.add(name)
  return errors
}

function validateVolumes(spec: PodSpec, path: string): FieldError[] {
  const names = new Set<string>()
  return (spec.volumes ?? []).flatMap((volume, i) => [
    ...validateName(volume.name, `${path}[${i}].name`, names),
    ...(volume.hostPath && !volume.hostPath.path ? [required(`${path}[${i}].hostPath.path`)] : []),
  ])
}

function validateContainers(containers: readonly Container[], path: string, volumes: Set<string>): FieldError[] {
  if (containers.length === 0) return [required(path)]
  const names = new Set<string>()
  return containers.flatMap((container, i) => {
    const at = `${path}[${i}]`
    return [
      ...validateName(container.name, `${at}.name`, names),
      ...(container.image ? [] : [required(`${at}.image`)]),
      ...oneOf(container.imagePullPolicy, `${at}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never']),
      ...oneOf(container.terminationMessagePolicy, `${at}.terminationMessagePolicy`, ['FallbackToLogsOnError', 'File']),
      ...validateContainerPorts(container.ports ?? [], `${at}.ports`),
      ...validateEnvironment(container, `${at}.env`),
      ...validateMounts(container, `${at}.volumeMounts`, volumes),
      ...validateProbes(container, at),
      ...validateResources(container, `${at}.resources`),
    ]
  })
}

function validateEnvironment(container: Container, path: string): FieldError[] {
  return (container.env ?? []).flatMap(({ name, value, valueFrom }, i) => {
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${path}[${i}].name`))
    else if (!/^[ -<>-~]+$/.test(name)) {
      errors.push(
        invalid(
          `${path}[${i}].name`,
          name,
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
      )
    }
    if (value && valueFrom) {
      errors.push(invalid(`${path}[${i}].valueFrom`, '', 'may not be specified when `value` is not empty'))
    }
    return errors
  })
}

function validateMounts(container: Container, path: string, volumes: Set<string>): FieldError[] {
  const places = new Set<string>()
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath }, i) => {
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${path}[${i}].name`))
    if (!volumes.has(name)) {
      errors.push({ type: 'FieldValueNotFound', field: `${path}[${i}].name`, message: `Not found: "${name ?? ''}"` })
    }
    if (!mountPath) errors.push(required(`${path}[${i}].mountPath`))
    if (places.has(mountPath)) errors.push(invalid(`${path}[${i}].mountPath`, mountPath, 'must be unique'))
    places.add(mountPath)
    return errors
  })
}

function validateResources({ resources }: Container, path: string): FieldError[] {
  const { limits = {}, requests = {} } = resources ?? {}
  return [
    ...Object.entries(limits).flatMap(([name, text]) => validateQuantity(text, `${path}.limits[${name}]`)),
    ...Object.entries(requests).flatMap(([name, text]) => [
      ...validateQuantity(text, `${path}.requests[${name}]`),
      ...validateRequest({ name, request: text, limit: limits[name] }, `${path}.requests`),
    ]),
  ]
}

function validateRequest(
  { name, request, limit }: { name: string; request: string; limit: string | undefined },
  path: string,
): FieldError[] {
  const [wanted, most] = [parseQuantity(request), parseQuantity(limit ?? '')]
  if (wanted === undefined || most === undefined || wanted.nano <= most.nano) return []
  return [invalid(path, request, `must be less than or equal to ${name} limit of ${limit}`)]
}

const validateQuantity = (text: string, path: string): FieldError[] =>
  (parseQuantity(text)?.nano ?? 0n) < 0n ? [invalid(path, text, 'must be greater than or equal to 0')] : []

const qosResources = ['cpu', 'memory']

/** The class that decides which pods a full node ends first. */
export function qosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const amounts = allContainers(spec).map(({ resources }) => ({
    limits: positive(resources?.limits),
    requests: positive(resources?.requests),
  }))
  if (amounts.every(({ limits, requests }) => limits.size === 0 && requests.size === 0)) return 'BestEffort'
  const guaranteed = amounts.every(({ limits, requests }) =>
    qosResources.every(name => limits.has(name) && limits.get(name) === (requests.get(name) ?? limits.get(name))),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

function positive(list: Readonly<Record<string, string>> | undefined): Map<string, bigint> {
  const pairs = qosResources.map((name): [string, bigint] => [name, parseQuantity(list?.[name] ?? '0')?.nano ?? 0n])
  return new Map(pairs.filter(([, amount]) => amount > 0n))
}

/** What a pod asks for (or may use at most): its containers together, or its largest init container. */
export function podResources(spec: PodSpec, which: 'requests' | 'limits'): Map<string, Quantity> {
  const total = new Map<string, Quantity>()
  const each = (container: Container, join: (a: Quantity, b: Quantity) => Quantity): void => {
    for (const [name, text] of Object.entries(container.resources?.[which] ?? {})) {
      const amount = parseQuantity(text)
      const before = total.get(name)
      if (amount !== undefined) total.set(name, before === undefined ? amount : join(before, amount))
    }
  }
  for (const container of spec.containers) each(container, addQuantity)
  for (const container of spec.initContainers ?? []) each(container, (a, b) => (a.nano >= b.nano ? a : b))
  return total
}
