import { type FieldError, invalid, notPermitted, notSupported, required } from '../field-error.ts'
import { same } from '../json.ts'
import type { Kind } from '../kind.ts'
import { formatSelector } from '../object-selector.ts'
import { defaultPodSpec } from './pod-spec.ts'
import { listContainers, validateCounts, validateReplicated } from './pod-template.ts'
import type { Deployment, DeploymentSpec } from './types.ts'

export const deployments: Kind<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'scale'],
  // Annotations are copied to the replica sets.
  generation: 'with annotations',
  columns: [
    { name: 'Ready', value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
    { name: 'Up-to-date', type: 'integer', value: ({ status }) => status.updatedReplicas ?? 0 },
    { name: 'Available', type: 'integer', value: ({ status }) => status.availableReplicas ?? 0 },
    { name: 'Containers', wide: true, value: ({ spec }) => listContainers(spec.template, ({ name }) => name) },
    { name: 'Images', wide: true, value: ({ spec }) => listContainers(spec.template, ({ image }) => image) },
    { name: 'Selector', wide: true, value: ({ spec }) => formatSelector(spec.selector) },
  ],

  defaults({ spec }) {
    spec.replicas ??= 1
    defaultStrategy(spec)
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
    defaultPodSpec(spec.template.spec)
  },

  prepare(deployment) {
    deployment.status = {}
  },

  validate({ spec }, old) {
    const errors = [
      ...validateCounts(spec, ['replicas']),
      ...validateReplicated(spec),
      ...validateStrategy(spec.strategy),
      ...validateCounts(spec, ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']),
      ...validateDeadline(spec),
    ]
    if (old === undefined || same(spec.selector, old.spec.selector)) return errors
    return [...errors, invalid('spec.selector', spec.selector, 'field is immutable')]
  },
}

function defaultStrategy(spec: DeploymentSpec): void {
  spec.strategy ??= {}
  spec.strategy.type ||= 'RollingUpdate'
  if (spec.strategy.type !== 'RollingUpdate') return
  spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate }
}

function validateDeadline({ progressDeadlineSeconds: deadline, minReadySeconds = 0 }: DeploymentSpec): FieldError[] {
  if (deadline === undefined || deadline > minReadySeconds) return []
  return [invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
}

type Strategy = DeploymentSpec['strategy']

function validateStrategy(strategy: Strategy): FieldError[] {
  const field = 'spec.strategy.rollingUpdate'
  switch (strategy?.type) {
    case 'Recreate':
      return strategy.rollingUpdate === undefined
        ? []
        : [notPermitted(field, "may not be specified when strategy `type` is 'Recreate'")]
    case 'RollingUpdate':
      return strategy.rollingUpdate === undefined ? [required(field)] : validateRolling(strategy.rollingUpdate, field)
    default:
      return [notSupported('spec.strategy', strategy, ['Recreate', 'RollingUpdate'])]
  }
}

function validateRolling(
  { maxSurge = 0, maxUnavailable = 0 }: NonNullable<NonNullable<Strategy>['rollingUpdate']>,
  field: string,
): FieldError[] {
  const errors = [
    ...validateAmount(maxUnavailable, `${field}.maxUnavailable`),
    ...validateAmount(maxSurge, `${field}.maxSurge`),
  ]
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  }
  if (typeof maxUnavailable === 'string' && amountOf(maxUnavailable) > 100) {
    errors.push(invalid(`${field}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'))
  }
  return errors
}

const percentText =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

const isPercent = (text: string): boolean => /^[0-9]+%$/.test(text)

/** The number of it, also of a percentage; 0 for what is none. */
const amountOf = (value: number | string): number =>
  typeof value === 'number' ? value : isPercent(value) ? Number.parseInt(value, 10) : 0

function validateAmount(value: number | string, field: string): FieldError[] {
  if (typeof value === 'string') return isPercent(value) ? [] : [invalid(field, value, percentText)]
  return value >= 0 ? [] : [invalid(field, value, 'must be greater than or equal to 0')]
}
