import { printable } from '../platform/printable.ts'
import { said } from './pod-status.ts'
import type { Cause } from './status-cause.ts'

const reasons = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]

/** Whether a container waits for its image. */
export const isImageReason = (reason: string): boolean => reasons.includes(reason)

/** What a registry's refusal is called in gRPC, which the container runtime speaks. */
const byCode = (message: string): string => /\bcode = (\w+)/.exec(message)?.[1] ?? ''

/**
 * Why an image cannot be fetched. The cluster has the same reason (ErrImagePull) for nearly all of it: the gRPC code tells
 * some, and only the container runtime's words the rest, so the image's own name, a tenant's text, is taken out first.
 */
export function imageCause({ reason, message }: { reason: string; message: string }, image: string): Cause {
  const words = image === '' ? message : message.replaceAll(image, '')
  const named = image === '' ? 'Its image' : `Its image ${printable(image, 200)}`
  const detail = `(${printable(reason)}: ${said(message)})`
  if (reason === 'InvalidImageName' || /invalid reference format|parse image (name|reference)/i.test(words))
    return {
      code: 'image_name_invalid',
      says: `${named} cannot be fetched, since that is no name of an image ${detail}`,
      todo: 'use the name of an image that there is',
    }
  const code = byCode(words)
  if (isDenied(code, words))
    return {
      code: 'image_pull_denied',
      says: `${named} cannot be fetched, since its registry refuses it to the cluster ${detail}`,
      todo: 'check that it exists and is public, or use another image',
    }
  if (code === 'NotFound' || reason === 'ErrImageNeverPull' || /not found|manifest unknown|no such image/i.test(words))
    return {
      code: 'image_not_found',
      says: `${named} cannot be fetched, since it does not exist ${detail}`,
      todo: 'use an image that does exist, or build this one',
    }
  return {
    code: 'image_pull_failed',
    says: `${named} cannot be fetched ${detail}`,
    todo: 'the cluster tries again; if it lasts, tell the administrators or use another image',
  }
}

const isDenied = (code: string, words: string): boolean =>
  code === 'PermissionDenied' ||
  code === 'Unauthenticated' ||
  /unauthorized|access denied|authorization failed|authentication required|\b40[13]\b|forbidden/i.test(words)
