import type { Clock } from '../platform/clock.ts'

/** Where a command writes; a terminal says so, and how large it is. */
export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** What a command finds outside of itself. */
export interface World {
  /** Without the program and its script. */
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The user's home folder. */
  readonly home: string
  readonly hostname: string
  /** The folder of the package: a checkout may have a running sandbox. */
  readonly checkout: string
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: Sink
  readonly stderr: Sink
  readonly clock: Clock
  /** Aborted by Ctrl-C, and when nobody reads the output any more. */
  readonly signal: AbortSignal
}
