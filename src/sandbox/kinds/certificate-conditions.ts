import { X509Certificate } from 'node:crypto'
import { rfc3339 } from '../../platform/clock.ts'
import { duplicate, type FieldError, invalid, notPermitted, notSupported, required } from '../field-error.ts'
import { same } from '../json.ts'
import type { CertificateSigningRequest } from './types.ts'

// What may become of a request for a certificate: it is approved or denied once, signed once, and nothing is taken back.

type Request = CertificateSigningRequest
type Condition = NonNullable<Request['status']['conditions']>[number]

const field = 'status.conditions'
const decisions = ['Approved', 'Denied']
const onlyTrue = [...decisions, 'Failed']

const ofType = ({ status }: Request, type: string): Condition[] =>
  (status.conditions ?? []).filter(condition => condition.type === type)

/** Who writes the status leaves decisions as they are; conditions get their times where the writer gave none. */
export function keepTimes(request: Request, { old, part, now }: { old: Request; part: string; now: number }): void {
  if (part === 'status') for (const type of decisions) keepDecision(request, old, type)
  for (const condition of request.status.conditions ?? []) {
    condition.lastUpdateTime ??= rfc3339(now)
    condition.lastTransitionTime ??=
      ofType(old, condition.type).find(
        ({ status, lastTransitionTime }) => status === condition.status && lastTransitionTime !== undefined,
      )?.lastTransitionTime ?? rfc3339(now)
  }
}

function keepDecision(request: Request, old: Request, type: string): void {
  const before = ofType(old, type)
  if (ofType(request, type).length !== before.length) return
  const kept = before.values()
  request.status.conditions = (request.status.conditions ?? []).map(condition =>
    condition.type === type ? { ...(kept.next().value ?? condition) } : condition,
  )
  if (request.status.conditions.length === 0) delete request.status.conditions
}

export function validateConditions(conditions: readonly Condition[]): FieldError[] {
  const types = conditions.map(({ type }) => type)
  return conditions.flatMap((condition, i) => [
    ...validateCondition(condition, `${field}[${i}]`),
    ...(decisions.includes(condition.type) && types.slice(0, i).some(type => isOpposite(type, condition.type))
      ? [invalid(field, condition.type, 'Approved and Denied conditions are mutually exclusive')]
      : []),
    ...(types.indexOf(condition.type) < i ? [duplicate(`${field}[${i}].type`, condition.type)] : []),
  ])
}

const isOpposite = (one: string, other: string): boolean => decisions.includes(one) && one !== other

function validateCondition({ type = '', status = '' }: Condition, at: string): FieldError[] {
  const allowed = onlyTrue.includes(type) ? ['True'] : ['False', 'True', 'Unknown']
  const errors = type === '' ? [required(`${at}.type`)] : []
  if (status === '') return [...errors, required(`${at}.status`)]
  return allowed.includes(status) ? errors : [...errors, notSupported(`${at}.status`, status, allowed)]
}

/** Conditions that have been taken away. */
export const removals = (request: Request, old: Request): FieldError[] =>
  onlyTrue
    .filter(type => ofType(request, type).length < ofType(old, type).length)
    .map(type => notPermitted(field, `updates may not remove a condition of type "${type}"`))

/** Decisions by who may not decide. (Removals are refused already; changes have been undone.) */
export const approvalChanges = (request: Request, old: Request): FieldError[] =>
  decisions
    .filter(type => ofType(request, type).length > ofType(old, type).length)
    .map(type => notPermitted(field, `updates may not add a condition of type "${type}"`))

export function certificateChanges({ status }: Request, { status: before }: Request): FieldError[] {
  if (same(status.certificate, before.certificate)) return []
  const why = status.certificate === undefined ? undefined : unreadable(status.certificate)
  return [
    ...(why === undefined ? [] : [invalid('status.certificate', '<certificate data>', why)]),
    ...(before.certificate
      ? [notPermitted('status.certificate', 'updates may not modify existing certificate content')]
      : []),
  ]
}

const block = /-----BEGIN ([^-\n]+)-----([\s\S]*?)-----END \1-----/g

/** Why these bytes are no certificates in PEM. */
function unreadable(base64: string): string | undefined {
  const blocks = [...Buffer.from(base64, 'base64').toString('latin1').matchAll(block)]
  const other = blocks.find(([, type]) => type !== 'CERTIFICATE')?.[1]
  if (other !== undefined) return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other)}`
  if (blocks.some(([, , content = '']) => content.includes(':'))) return 'no PEM block headers are permitted'
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block'
  try {
    for (const [pem] of blocks) new X509Certificate(pem)
    return undefined
  } catch {
    return 'x509: malformed certificate'
  }
}
