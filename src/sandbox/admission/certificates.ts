import { oids } from '../../pki/certificate-fields.ts'
import { readSigningRequest } from '../../pki/signing-request.ts'
import { createAuthorizer } from '../authorize.ts'
import { same } from '../json.ts'
import type { KubeObject } from '../kind.ts'
import { certificateSigningRequests } from '../kinds/certificate-signing-request.ts'
import type { CertificateSigningRequest } from '../kinds/types.ts'
import { forbidden, type StatusError } from '../status.ts'
import type { Admission, AdmissionRequest } from '../store.ts'

/** The signer of certificates for clients of the control plane. */
export const clientSigner = 'kubernetes.io/kube-apiserver-client'

/** Writes into requests for certificates who has made them, and sees who may decide on them and sign them. */
export const certificates: Admission = {
  admit({ operation, object, user }) {
    if (operation !== 'CREATE' || user === undefined || !isRequest(object)) return
    const { username: _n, uid: _u, groups: _g, extra: _e, ...asked } = object.spec
    object.spec = {
      ...asked,
      username: user.name,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      groups: [...user.groups],
      ...(user.extra === undefined ? {} : { extra: extraOf(user.extra) }),
    }
  },

  validate(request) {
    const { operation, object, old, subresource } = request
    if (!isRequest(object)) return
    if (operation === 'CREATE') return refuseMasters(object)
    if (operation === 'DELETE' || old === undefined || !isRequest(old)) return
    if (subresource === 'approval') refuseUnless(request, 'approve', old)
    else if (subresource === 'status' && !same(object.status, old.status)) refuseUnless(request, 'sign', old)
  },
}

const isRequest = (object: KubeObject): object is CertificateSigningRequest =>
  object.kind === certificateSigningRequests.kind

const extraOf = (extra: Readonly<Record<string, readonly string[]>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]))

const refusal = (request: CertificateSigningRequest, why: string): StatusError =>
  forbidden(certificateSigningRequests, { name: request.metadata.name, why })

/** Whoever belongs to this group may do all, and nothing can take that from a certificate. */
function refuseMasters(request: CertificateSigningRequest): void {
  const { signerName, request: pem } = request.spec
  if (signerName !== clientSigner) return
  const { attributes } = readSigningRequest(Buffer.from(pem, 'base64').toString('latin1'))
  if (!attributes.some(({ type, text }) => type === oids.organisation && text === 'system:masters')) return
  throw refusal(request, `use of ${clientSigner} signer with system:masters group is not allowed`)
}

/** The right is on the signer by its name, or on all signers of its domain. */
function refuseUnless(
  { store, user }: AdmissionRequest,
  verb: 'approve' | 'sign',
  request: CertificateSigningRequest,
): void {
  if (user === undefined) return
  const { signerName } = request.spec
  const authorizer = createAuthorizer(store)
  const may = (name: string): boolean =>
    authorizer.decide(user, {
      verb,
      group: certificateSigningRequests.group,
      plural: 'signers',
      subresource: '',
      namespace: '',
      name,
    }).allowed
  if (may(signerName) || may(`${signerName.split('/')[0]}/*`)) return
  throw refusal(request, `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`)
}
