import type { Home } from '../plan/facts.ts'

/** Whose home it is. */
export interface HomeOwner {
  readonly name: string
  readonly uid: number
}

/** What is asked of the homes on the shared disk. Nothing of it touches the disk from this process. */
export interface HomesPort {
  /** What a home holds; never rejects. Looks that are asked for at once share the work, so that many are best not held back. */
  look(owner: HomeOwner): Promise<Home>
  /** Makes the home, or mends it, with a key; gives a request for a certificate (PEM) that is made with the key. */
  prepare(owner: HomeOwner, options: { newKey: boolean }): Promise<{ request: string; publicKey: string }>
  /** Writes a certificate (PEM) and the kubeconfig. */
  install(owner: HomeOwner, certificate: string): Promise<void>
  /** Puts modes, folders and the kubeconfig right. */
  settle(owner: HomeOwner): Promise<void>
  /** Replaces the certificate by one that serves no more. */
  disable(owner: HomeOwner): Promise<void>
}
