import { type Static, type TSchema, Type } from 'typebox'

const Exact = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
const OneOf = <T extends string>(...values: T[]) => Type.Unsafe<T>({ type: 'string', enum: values })

export const homeState = Exact({
  /** Changes with what was looked at, and with what was asked for: to be given back with the next inspection. */
  stamp: Type.String(),
  /**
   * `foreign`: another owner, or something in the way that only a person can judge; nothing is to be done there. `mend`: to be
   * put right by `settle` or `prepare`.
   */
  home: OneOf('missing', 'foreign', 'mend', 'right'),
  /** Why it is not right, each a sentence without its full stop. */
  reasons: Type.Array(Type.String()),
  /** `publicKey`: SHA-256 of the public key (SPKI), hexadecimal. */
  key: Type.Union([
    Exact({ publicKey: Type.String() }),
    Exact({ problem: OneOf('missing', 'unreadable', 'unusable'), reason: Type.String() }),
  ]),
  /**
   * Times in milliseconds since 1970; `signedBy`: index into the authorities that were given. `foreign`: not the account's
   * subject; `usage`: not for clients; `useless`: signed by itself, as where an account was shut off. That it has ended, or
   * belongs to another key, is for the reader to see.
   */
  certificate: Type.Union([
    Exact({
      notBefore: Type.Integer(),
      notAfter: Type.Integer(),
      fingerprint: Type.String(),
      publicKey: Type.String(),
      signedBy: Type.Union([Type.Integer(), Type.Null()]),
    }),
    Exact({ problem: OneOf('missing', 'unreadable', 'foreign', 'usage', 'useless'), reason: Type.String() }),
  ]),
  kubeconfig: OneOf('missing', 'stale', 'right', 'broken'),
})

/** What a look into a home found. */
export type HomeState = Static<typeof homeState>
export type KeyState = HomeState['key']
export type CertificateState = HomeState['certificate']
