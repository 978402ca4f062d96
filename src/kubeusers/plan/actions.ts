import type { ShutOff } from '../notes.ts'
import type { PartName } from './facts.ts'

/** One idempotent step for one tool. */
export type Action =
  /** Makes the namespace, or puts its labels and annotations right. */
  | { readonly do: 'namespace'; readonly how: 'make' | 'repair' }
  | { readonly do: PartName; readonly how: 'make' | 'repair' }
  /** Makes the home, or mends modes and folders in it. */
  | { readonly do: 'home'; readonly how: 'make' | 'mend' }
  | { readonly do: 'certificate'; readonly why: string; readonly newKey: boolean }
  | { readonly do: 'kubeconfig' }
  /** The ConfigMap that says to people that there is a certificate. */
  | { readonly do: 'marker' }
  /** Writes down since when the directory lacks it; `false`: it has it again. */
  | { readonly do: 'missing'; readonly is: boolean }
  /** Writes down that it is shut off: from here on the rest follows, whatever happens to us. */
  | { readonly do: 'shut-off'; readonly because: ShutOff['because']; readonly reason: string }
  | { readonly do: 'deny' | 'unbind' | 'stop-quota' | 'stop-workloads' | 'disable-home' }
  /** Lets certificates from the present one on in again. */
  | { readonly do: 'allow' | 'resume-workloads' | 'returned' }
  /** Deletes the namespace with all in it. */
  | { readonly do: 'delete' }

export type ActionName = Action['do']

/**
 * What takes something away from a tool, and so may need an operator's word: to shut it off because the directory lacks it or has
 * disabled it, or to delete it.
 */
export interface Removal {
  readonly tool: string
  readonly what: 'shut-off' | 'disable' | 'delete'
  /** Why, for who has to confirm it. */
  readonly reason: string
}

/** What is to be done for one tool, in this order. */
export interface ToolPlan {
  readonly tool: string
  readonly actions: readonly Action[]
  /** What people should know of it. */
  readonly remarks: readonly string[]
  /** What would be taken away, were it allowed. */
  readonly wanted: Removal | undefined
}
