const titles = {
  FieldValueRequired: 'Required value',
  FieldValueNotFound: 'Not found',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
} as const

/** One thing that is wrong with an object: where, what, in the words of a Kubernetes API server. */
export interface FieldError {
  type: keyof typeof titles
  /** Path in the object, as in `spec.template.spec.containers[0].name`. */
  field: string
  /** The text without the path, as in `Invalid value: "x": must be …`. */
  message: string
}

const detailed = (text: string, detail: string): string => (detail === '' ? text : `${text}: ${detail}`)

export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  message: detailed(titles.FieldValueRequired, detail),
})

export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: detailed(`${titles.FieldValueInvalid}: ${JSON.stringify(value) ?? 'null'}`, detail),
})

export const duplicate = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  message: `${titles.FieldValueDuplicate}: ${JSON.stringify(value)}`,
})

export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  message: `${titles.FieldValueNotSupported}: ${JSON.stringify(value)}: supported values: ${supported.map(s => JSON.stringify(s)).join(', ')}`,
})

export const notPermitted = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  message: detailed(titles.FieldValueForbidden, detail),
})

export const tooLong = (field: string, maximum: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  message: `${titles.FieldValueTooLong}: may not be more than ${maximum} bytes`,
})

/** All errors in one sentence, each said once: `a: Invalid value…`, or `[a: …, b: …]`. */
export function sentence(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(error => `${error.field}: ${error.message}`))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}
