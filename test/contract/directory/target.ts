import type { Test } from 'tap'
import type { Directory } from '../../../src/directory/directory.ts'

/** An account as it is to be there. */
export interface WantedAccount {
  name: string
  uid: number
  disabled?: boolean
}

export interface WantedAccounts {
  tools: WantedAccount[]
  administrators?: WantedAccount[]
}

/** A directory under test. */
export interface DirectoryTarget {
  name: string
  /** Another one on the same accounts. */
  open(): Directory
  /** From now on these accounts are there, and no others. */
  set(accounts: WantedAccounts): Promise<void>
  /** Nothing can be read any more. */
  break(): Promise<void>
  mend(): Promise<void>
}

/** What holds of every directory. */
export type DirectorySuite = (t: Test, target: DirectoryTarget) => Promise<void>
