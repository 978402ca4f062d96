import { isObject } from './json.ts'
import { badRequest, expired } from './status.ts'

/** Where a list in pages goes on: in which state of the store, after which key. */
export interface Continuation {
  version: number
  after: string
}

export const writeToken = ({ version, after }: Continuation): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start: after })).toString('base64url')

/** @throws StatusError 400 for a token that this server has not written. */
export function readToken(token: string): Continuation {
  const text = Buffer.from(token, 'base64url').toString()
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value) && Number.isSafeInteger(value['rv']) && typeof value['start'] === 'string') {
      return { version: Number(value['rv']), after: value['start'] }
    }
  } catch {
    // Not one of ours.
  }
  throw badRequest('invalid continue token: continue key is not valid')
}

export const tokenExpired = () =>
  expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
  )
