/** A tool as the directory has it. */
export interface ToolAccount {
  /** A name that a tool can have (`toolNamePattern`). */
  readonly name: string
  /** Of the home's owner; the group has the same number. */
  readonly uid: number
  /** Why the directory has shut it off; absent while it may work. */
  readonly disabled?: string
}

/** A person who looks after the platform. */
export interface Administrator {
  readonly name: string
  readonly uid: number
  readonly disabled?: string
}

/** An entry that is no account, and why. It says nothing against an account of this name that was made before. */
export interface Skipped {
  /** As the directory has it, fit for a terminal. */
  readonly name: string
  readonly reason: string
}

/** All that the directory holds at one moment. Names are unique among tools, and among administrators. */
export interface Listing {
  readonly tools: readonly ToolAccount[]
  readonly administrators: readonly Administrator[]
  readonly skipped: readonly Skipped[]
}

/** Where it is written which tools there are, and who looks after them. */
export interface Directory {
  /**
   * The whole listing or none: what was read in part is never returned.
   * @throws DirectoryError when it cannot be read, or not understood; or the signal's reason
   */
  read(options: { signal: AbortSignal }): Promise<Listing>
  /**
   * Yields when something may have changed since it began to look, or yielded last. What goes away may stay unseen. Failures
   * are waited out; ends without an error at the signal.
   */
  changes(options: { signal: AbortSignal }): AsyncIterable<void>
  /** Ends connections; what still runs over them fails. */
  close(): Promise<void>
}

/** The directory did not answer, or with something that cannot be relied on; the message says what, and what to do. */
export class DirectoryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DirectoryError'
  }
}
