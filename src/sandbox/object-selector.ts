import { type FieldError, invalid, notPermitted, required } from './field-error.ts'
import type { LabelSelector } from './kinds/types.ts'
import { validateLabels } from './meta.ts'
import { labelValueErrors, qualifiedNameErrors } from './syntax.ts'

// Selectors as fields of objects (`matchLabels`, `matchExpressions`), not those of a query.

type Labels = Readonly<Record<string, string>>
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined

function meets({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = labelOf(labels, key)
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    default:
      return value === undefined
  }
}

/** An empty selector matches everything. */
export const selects = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels = {}): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
  matchExpressions.every(requirement => meets(requirement, labels))

const isEmpty = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0

function written({ key, operator, values = [] }: Requirement): string {
  const list = `(${values.toSorted().join(',')})`
  if (operator === 'In') return `${key} in ${list}`
  if (operator === 'NotIn') return `${key} notin ${list}`
  return operator === 'Exists' ? key : `!${key}`
}

/** As a query has it: `app=web,tier in (a,b)`. */
export function formatSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...matchExpressions.map(requirement => ({ key: requirement.key, text: written(requirement) })),
  ]
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ text }) => text)
    .join(',')
}

/** What is wrong with the selector of a controller, which may not be empty. */
export function validateSelector(selector: LabelSelector | undefined, field: string): FieldError[] {
  if (selector === undefined) return [required(field)]
  const errors = selectorErrors(selector, field)
  return isEmpty(selector) ? [...errors, invalid(field, selector, 'empty selector is invalid for deployment')] : errors
}

/** What is wrong with a selector that may be empty. */
export const selectorErrors = ({ matchLabels, matchExpressions = [] }: LabelSelector, field: string): FieldError[] => [
  ...validateLabels(matchLabels, `${field}.matchLabels`),
  ...matchExpressions.flatMap((one, i) => validateRequirement(one, `${field}.matchExpressions[${i}]`)),
]

function validateRequirement({ key, operator, values = [] }: Requirement, field: string): FieldError[] {
  return [
    ...validateOperator(operator, values, field),
    ...qualifiedNameErrors(key ?? '').map(error => invalid(`${field}.key`, key ?? '', error)),
    ...values.flatMap((value, i) =>
      labelValueErrors(value).map(error => invalid(`${field}.values[${i}]`, value, error)),
    ),
  ]
}

function validateOperator(operator: string, values: readonly string[], field: string): FieldError[] {
  if (operator === 'In' || operator === 'NotIn') {
    return values.length > 0
      ? []
      : [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    return values.length === 0 ? [] : [notPermitted(`${field}.values`, why)]
  }
  return [invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator')]
}
