import { verifySigningRequest } from '../../pki/signing-request.ts'
import { messageOf } from '../../platform/message-of.ts'
import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import { duration } from '../table.ts'
import {
  approvalChanges,
  certificateChanges,
  keepTimes,
  removals,
  validateConditions,
} from './certificate-conditions.ts'
import { signerNameErrors } from './signer-name.ts'
import type { CertificateSigningRequest } from './types.ts'

export const certificateSigningRequests: Kind<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  namespaced: false,
  name: 'path',
  subresources: ['approval', 'status'],
  fixed: ['spec'],
  fields: { 'spec.signerName': ({ spec }) => spec.signerName },
  columns: [
    { name: 'Name', value: ({ metadata }) => metadata.name },
    { name: 'Age', type: 'age', value: ({ metadata }) => metadata.creationTimestamp },
    { name: 'SignerName', value: ({ spec }) => spec.signerName },
    { name: 'Requestor', value: ({ spec }) => spec.username ?? '' },
    {
      name: 'RequestedDuration',
      value: ({ spec: { expirationSeconds: seconds } }) => (seconds === undefined ? '<none>' : duration(seconds)),
    },
    { name: 'Condition', value: conditionText },
  ],

  prepare(request) {
    request.status = {}
  },

  validate({ spec }, old) {
    return old === undefined ? validateSpec(spec) : []
  },

  prepareUpdate(request, { old, part, now }) {
    if (part === 'status' || part === 'approval') keepTimes(request, { old, part, now })
  },

  validatePart(request, old, part) {
    if (part !== 'status' && part !== 'approval') return []
    return [
      ...validateConditions(request.status.conditions ?? []),
      ...removals(request, old),
      ...(part === 'approval' ? [] : approvalChanges(request, old)),
      ...certificateChanges(request, old),
    ]
  },
}

/** As `kubectl get csr` has it: `Approved,Issued`. */
function conditionText({ status: { conditions = [], certificate } }: CertificateSigningRequest): string {
  const has = (type: string): boolean => conditions.some(condition => condition.type === type)
  const decided = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
  return [decided, ...(has('Failed') ? ['Failed'] : []), ...(certificate ? ['Issued'] : [])].join(',')
}

type Spec = CertificateSigningRequest['spec']

const shortest = 600

function validateSpec(spec: Spec): FieldError[] {
  const { request = '', signerName = '', usages = [], expirationSeconds } = spec
  const tooShort = 'may not specify a duration less than 600 seconds (10 minutes)'
  return [
    ...validateRequest(request),
    ...(usages.length === 0 ? [required('spec.usages')] : []),
    ...usages.flatMap((usage, i) =>
      knownUsages.includes(usage) ? [] : [notSupported(`spec.usages[${i}]`, usage, knownUsages)],
    ),
    ...usages.flatMap((usage, i) => (usages.indexOf(usage) < i ? [duplicate(`spec.usages[${i}]`, usage)] : [])),
    ...signerNameErrors(signerName),
    ...(expirationSeconds !== undefined && expirationSeconds < shortest
      ? [invalid('spec.expirationSeconds', expirationSeconds, tooShort)]
      : []),
  ]
}

function validateRequest(base64: string): FieldError[] {
  try {
    verifySigningRequest(Buffer.from(base64, 'base64').toString('latin1'))
    return []
  } catch (error) {
    return [invalid('spec.request', base64, messageOf(error))]
  }
}

const knownUsages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]
