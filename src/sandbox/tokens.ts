import { randomUUID } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Clock } from '../platform/clock.ts'
import { credentialId, type User } from './authenticate.ts'
import { createTokenKey } from './jwt.ts'
import type { Kind, KubeObject } from './kind.ts'
import { pods } from './kinds/pod.ts'
import { secrets } from './kinds/secret.ts'
import { accountGroups, accountName, serviceAccounts } from './kinds/service-account.ts'
import type { ServiceAccount } from './kinds/types.ts'
import type { Store } from './store.ts'

/** Who issues tokens, and for whom they are unless somebody says otherwise. */
export const issuer = 'https://kubernetes.default.svc'

const reference = Type.Object({ name: Type.String(), uid: Type.String() })
const claims = Type.Object({
  iss: Type.Literal(issuer),
  aud: Type.Array(Type.String()),
  exp: Type.Integer(),
  iat: Type.Integer(),
  nbf: Type.Integer(),
  jti: Type.String(),
  sub: Type.String(),
  'kubernetes.io': Type.Object({
    namespace: Type.String(),
    serviceaccount: reference,
    pod: Type.Optional(reference),
    secret: Type.Optional(reference),
    node: Type.Optional(Type.Object({ name: Type.String(), uid: Type.Optional(Type.String()) })),
  }),
})
type Claims = Static<typeof claims>
const schema = Compile(claims)

/** What a token ends with, besides its account. */
export interface Bound {
  pod?: KubeObject
  /** The node of the pod. */
  node?: { name: string; uid?: string }
  secret?: KubeObject
}

export interface TokenWish {
  account: ServiceAccount
  audiences: readonly string[]
  /** Seconds. */
  expiresIn: number
  bound?: Bound
}

export type Verdict = { user: User; audiences: string[] } | { error: string }

/** Tokens of service accounts: they are good for as long as they say, while what they are bound to is there. */
export interface Tokens {
  issue(wish: TokenWish): string
  /** Whom a token is of, for one of these audiences. */
  verify(token: string, audiences: readonly string[]): Verdict
  /** Whom the control plane takes the holder of a token for; undefined: for nobody. */
  userOf(token: string): User | undefined
}

/** Clocks that differ by a minute trust each other. */
const leeway = 60

export function createTokens({ store, clock }: { store: Store; clock: Clock }): Tokens {
  const key = createTokenKey()

  const issue = ({ account, audiences, expiresIn, bound = {} }: TokenWish): string => {
    const now = Math.floor(clock.now() / 1000)
    const { name, namespace = '', uid } = account.metadata
    const { pod, secret, node } = bound
    const content: Claims = {
      aud: [...audiences],
      exp: now + expiresIn,
      iat: now,
      iss: issuer,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace,
        ...(node === undefined ? {} : { node }),
        ...(pod === undefined ? {} : { pod: referenceTo(pod) }),
        ...(secret === undefined ? {} : { secret: referenceTo(secret) }),
        serviceaccount: { name, uid },
      },
      nbf: now,
      sub: accountName(namespace, name),
    }
    return key.sign(content)
  }

  const verify = (token: string, audiences: readonly string[]): Verdict => {
    const content = key.read(token)
    if (!schema.Check(content)) return { error: 'invalid bearer token' }
    const shared = content.aud.filter(audience => audiences.includes(audience))
    if (shared.length === 0) {
      return {
        error: `token audiences ${listed(content.aud)} is invalid for the target audiences ${listed(audiences)}`,
      }
    }
    const error = untimely(content, Math.floor(clock.now() / 1000)) ?? orphaned(store, content)
    return error === undefined ? { user: userOf(content), audiences: shared } : { error }
  }

  return {
    issue,
    verify,
    userOf: token => {
      const verdict = verify(token, [issuer])
      return 'user' in verdict ? verdict.user : undefined
    },
  }
}

const listed = (texts: readonly string[]): string => `[${texts.map(text => JSON.stringify(text)).join(' ')}]`

const referenceTo = ({ metadata: { name, uid } }: KubeObject) => ({ name, uid })

function untimely({ exp, nbf, iat }: Claims, now: number): string | undefined {
  if (now + leeway < nbf) return 'service account token is not valid yet'
  if (now - leeway > exp) return 'service account token has expired'
  return now + leeway < iat ? 'service account token is issued in the future' : undefined
}

/** Which of the objects that a token is bound to is no longer there. */
function orphaned(store: Store, { 'kubernetes.io': content }: Claims): string | undefined {
  const { namespace, serviceaccount, pod, secret } = content
  const isThere = (kind: Kind, { name, uid }: { name: string; uid: string }): boolean =>
    store.get(kind, { namespace, name })?.metadata.uid === uid
  if (!isThere(serviceAccounts, serviceaccount)) return `serviceaccounts "${serviceaccount.name}" not found`
  const gone = (secret !== undefined && !isThere(secrets, secret)) || (pod !== undefined && !isThere(pods, pod))
  return gone ? 'service account token has been invalidated' : undefined
}

function userOf({ jti, 'kubernetes.io': { namespace, serviceaccount, pod, node } }: Claims): User {
  const prefix = 'authentication.kubernetes.io'
  return {
    name: accountName(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: [...accountGroups(namespace), 'system:authenticated'],
    extra: {
      [credentialId]: [`JTI=${jti}`],
      ...(node === undefined ? {} : { [`${prefix}/node-name`]: [node.name] }),
      ...(node?.uid === undefined ? {} : { [`${prefix}/node-uid`]: [node.uid] }),
      ...(pod === undefined ? {} : { [`${prefix}/pod-name`]: [pod.name], [`${prefix}/pod-uid`]: [pod.uid] }),
    },
  }
}
