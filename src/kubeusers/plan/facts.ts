import type { Notes } from '../notes.ts'

/** Whether an object of a tool is as it should be. `stopped`: it is as a tool that is shut off should have it. */
export type Part = 'right' | 'wrong' | 'missing' | 'stopped'

/** The parts of a tool that are one object each, and are made again when they are not as they should be. */
export const partNames = ['quota', 'limits', 'policy', 'binding'] as const
export type PartName = (typeof partNames)[number]

/** What the directory says of a tool. */
export type Account =
  | { readonly state: 'active'; readonly uid: number }
  | { readonly state: 'disabled'; readonly uid: number; readonly reason: string }
  /** In none of the entries of a whole listing. */
  | { readonly state: 'absent' }
  /** There is an entry, and it cannot be understood. */
  | { readonly state: 'unclear'; readonly reason: string }

/** What the cluster holds of a tool. */
export interface ToolObjects {
  readonly namespace: 'right' | 'wrong' | 'missing' | 'leaving'
  /** What we wrote down on the namespace; nothing where there is none. */
  readonly notes: Notes
  readonly parts: Readonly<Record<PartName, Part>>
  readonly marker: boolean
  /** Another binding than ours that names the tool: `ClusterRoleBinding NAME`. */
  readonly foreignBinding?: string | undefined
}

/** A certificate in a home; times in milliseconds since 1970. */
export interface HeldCertificate {
  readonly notBefore: number
  readonly notAfter: number
  /** SHA-256 of the certificate. */
  readonly fingerprint: string
  /** SHA-256 of its public key. */
  readonly publicKey: string
  /** Whether an authority signed it that is here to stay. */
  readonly isOurs: boolean
}

/** What a home holds, as far as kubeusers writes it. */
export interface HomeFacts {
  readonly home: 'missing' | 'mend' | 'right'
  readonly key: { readonly publicKey: string } | { readonly problem: string }
  readonly certificate: HeldCertificate | { readonly problem: string }
  readonly kubeconfig: 'missing' | 'stale' | 'right' | 'broken'
}

/** A home, or why nothing can be said of it now. */
export type Home = HomeFacts | { readonly unreadable: string }

/** What the deny list says of a tool by our own hand: all certificates, or those of before a moment (milliseconds). */
export type Denial = 'all' | { readonly issuedBefore: number } | undefined

/** All that is known of one tool. */
export interface ToolFacts {
  readonly tool: string
  readonly account: Account
  readonly objects: ToolObjects
  readonly home: Home
  readonly denial: Denial
}

export const nothing: ToolObjects = {
  namespace: 'missing',
  notes: {},
  parts: { quota: 'missing', limits: 'missing', policy: 'missing', binding: 'missing' },
  marker: false,
}
