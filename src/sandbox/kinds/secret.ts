import { type FieldError, invalid, required, tooLong } from '../field-error.ts'
import { isObject } from '../json.ts'
import type { Kind } from '../kind.ts'
import { frozenErrors, keyErrors } from './config-map.ts'
import type { Secret } from './types.ts'

const sizeLimit = 1024 * 1024

export const secrets: Kind<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  fields: { type: ({ type }) => type ?? '' },
  columns: [
    { name: 'Type', value: ({ type }) => type ?? '' },
    { name: 'Data', value: ({ data }) => Object.keys(data ?? {}).length },
  ],

  /** What is given as text goes before what is given as bytes, and is never seen again. */
  defaults(secret) {
    secret.type ||= 'Opaque'
    const { stringData } = secret
    delete secret.stringData
    if (stringData === undefined) return
    const texts = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
    secret.data = { ...secret.data, ...Object.fromEntries(texts) }
  },

  validate(secret, old) {
    return [
      ...(old === undefined || secret.type === old.type ? [] : [invalid('type', secret.type, 'field is immutable')]),
      ...frozenErrors(secret, old, ['data']),
      ...validateData(secret),
      ...validateType(secret),
    ]
  },
}

function validateData({ data = {} }: Secret): FieldError[] {
  const size = Object.values(data).reduce((sum, base64) => sum + Buffer.byteLength(base64, 'base64'), 0)
  return [
    ...Object.keys(data).flatMap(key => keyErrors(key).map(error => invalid(`data[${key}]`, key, error))),
    ...(size > sizeLimit ? [tooLong('data', sizeLimit)] : []),
  ]
}

const accountAnnotation = 'kubernetes.io/service-account.name'

/** What each type that Kubernetes knows must hold. */
const typeChecks = new Map<string, (secret: Secret) => FieldError[]>([
  [
    'kubernetes.io/service-account-token',
    ({ metadata }) =>
      metadata.annotations?.[accountAnnotation] ? [] : [required(`metadata.annotations[${accountAnnotation}]`)],
  ],
  ['kubernetes.io/dockercfg', secret => validateJson(secret, '.dockercfg')],
  ['kubernetes.io/dockerconfigjson', secret => validateJson(secret, '.dockerconfigjson')],
  [
    'kubernetes.io/basic-auth',
    secret => (missing(secret, 'username', 'password').length < 2 ? [] : missing(secret, 'username', 'password')),
  ],
  ['kubernetes.io/ssh-auth', ({ data = {} }) => (data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')])],
  ['kubernetes.io/tls', secret => missing(secret, 'tls.crt', 'tls.key')],
])

const validateType = (secret: Secret): FieldError[] => typeChecks.get(secret.type ?? '')?.(secret) ?? []

const missing = ({ data = {} }: Secret, ...keys: string[]): FieldError[] =>
  keys.filter(key => !Object.hasOwn(data, key)).map(key => required(`data[${key}]`))

function validateJson(secret: Secret, key: string): FieldError[] {
  const absent = missing(secret, key)
  if (absent.length > 0) return absent
  const refuse = (why: string): FieldError[] => [invalid(`data[${key}]`, '<secret contents redacted>', why)]
  try {
    const value: unknown = JSON.parse(Buffer.from(secret.data?.[key] ?? '', 'base64').toString())
    return isObject(value) ? [] : refuse('json: cannot unmarshal into Go value of type map[string]interface {}')
  } catch {
    return refuse('the JSON cannot be read')
  }
}
