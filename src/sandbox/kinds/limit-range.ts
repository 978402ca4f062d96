import { type FieldError, invalid, notPermitted } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import { parseQuantity } from '../quantity.ts'
import { qualifiedNameErrors } from '../syntax.ts'
import type { Limit, LimitRange } from './types.ts'

export const limitRanges: Kind<LimitRange> = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,

  defaults({ spec }) {
    for (const limit of spec.limits) if (limit.type === 'Container') defaultLimit(limit)
  },

  validate({ spec }) {
    return spec.limits.flatMap((limit, i) => validateLimit(limit, `spec.limits[${i}]`))
  },
}

/** A limit is by default the maximum, a request by default the limit, else the minimum. */
function defaultLimit(limit: Limit): void {
  const limits = { ...limit.max, ...limit.default }
  const requests = { ...limit.min, ...limits, ...limit.defaultRequest }
  if (Object.keys(limits).length > 0) limit.default = limits
  if (Object.keys(requests).length > 0) limit.defaultRequest = requests
}

const forPods = "may not be specified when `type` is 'Pod'"

function validateLimit(limit: Limit, path: string): FieldError[] {
  const errors: FieldError[] = []
  const type = limit.type ?? ''
  errors.push(...qualifiedNameErrors(type).map(error => invalid(`${path}.type`, type, error)))
  if (limit.type === 'Pod' && limit.default) errors.push(notPermitted(`${path}.default`, forPods))
  if (limit.type === 'Pod' && limit.defaultRequest) errors.push(notPermitted(`${path}.defaultRequest`, forPods))
  return [...errors, ...order.flatMap(pair => validateOrder(limit, pair, path))]
}

type Bound = 'min' | 'max' | 'default' | 'defaultRequest'

interface Pair {
  low: Bound
  high: Bound
  lowName: string
  highName: string
  /** The field that the error is about. */
  field: Bound
}

const order: readonly Pair[] = [
  { low: 'min', high: 'max', lowName: 'min', highName: 'max', field: 'min' },
  { low: 'min', high: 'defaultRequest', lowName: 'min', highName: 'default request', field: 'defaultRequest' },
  { low: 'defaultRequest', high: 'max', lowName: 'default request', highName: 'max', field: 'defaultRequest' },
  {
    low: 'defaultRequest',
    high: 'default',
    lowName: 'default request',
    highName: 'default limit',
    field: 'defaultRequest',
  },
  { low: 'min', high: 'default', lowName: 'min', highName: 'default', field: 'default' },
  { low: 'default', high: 'max', lowName: 'default', highName: 'max', field: 'default' },
]

function validateOrder(limit: Limit, { low, high, lowName, highName, field }: Pair, path: string): FieldError[] {
  return Object.entries(limit[low] ?? {}).flatMap(([resource, least]) => {
    const most = limit[high]?.[resource]
    const [a, b] = [parseQuantity(least), parseQuantity(most ?? '')]
    if (a === undefined || b === undefined || a.nano <= b.nano) return []
    const why = `${lowName} value ${least} is greater than ${highName} value ${most}`
    return [invalid(`${path}.${field}[${resource}]`, limit[field === 'default' ? low : field]?.[resource], why)]
  })
}
