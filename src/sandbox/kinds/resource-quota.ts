import { type FieldError, invalid } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import { parseQuantity } from '../quantity.ts'
import { notImplemented } from '../status.ts'
import type { ResourceQuota } from './types.ts'

export const resourceQuotas: Kind<ResourceQuota> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  namespaced: true,
  subresources: ['status'],
  returnsDeleted: true,
  columns: [
    { name: 'Request', value: quota => usage(quota, name => !name.startsWith('limits.')) },
    { name: 'Limit', value: quota => usage(quota, name => name.startsWith('limits.')) },
  ],

  prepare(quota) {
    quota.status = {}
  },

  /** @throws StatusError 501 for quotas that count only some of the objects. */
  validate({ spec }): FieldError[] {
    if (spec.scopes !== undefined || spec.scopeSelector !== undefined) throw notImplemented('scopes of quotas')
    return Object.entries(spec.hard ?? {})
      .filter(([, amount]) => (parseQuantity(amount)?.nano ?? 0n) < 0n)
      .map(([name, amount]) => invalid(`spec.hard[${name}]`, amount, 'must be greater than or equal to 0'))
  },
}

const usage = ({ status }: ResourceQuota, wanted: (name: string) => boolean): string =>
  Object.keys(status.hard ?? {})
    .filter(wanted)
    .sort()
    .map(name => `${name}: ${status.used?.[name] ?? '0'}/${status.hard?.[name] ?? '0'}`)
    .join(', ')
