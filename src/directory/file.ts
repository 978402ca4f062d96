import { readFile, stat } from 'node:fs/promises'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { messageOf } from '../platform/message-of.ts'
import { watchFolders } from '../platform/watch-folders.ts'
import { type Directory, DirectoryError, type Listing } from './directory.ts'
import { parseDirectoryText } from './file-text.ts'
import { type ListingRules, listingOf } from './listing.ts'

/** Milliseconds after which the file is looked at whatever the file system tells. */
const lookAnyway = 2000
/** Bytes: some hundred thousand accounts. */
const mostBytes = 16 * 1024 * 1024

export interface FileDirectoryConfig {
  readonly file: { readonly path: string; readonly default_uid?: number }
  readonly rules: ListingRules
}

async function textOf(path: string, signal: AbortSignal): Promise<string> {
  const { size } = await stat(path)
  if (size > mostBytes) throw new Error(`is larger than ${mostBytes / 1024 / 1024} MiB`)
  return await readFile(path, { encoding: 'utf8', signal })
}

/** Changes with whatever is done to the file, and when another takes its place. */
async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return String(error)
  }
}

/** Accounts from a YAML file. Nothing is read before the first read. */
export function createFileDirectory(
  { file: { path, default_uid }, rules }: FileDirectoryConfig,
  { clock, log }: { clock: Clock; log: Logger },
): Directory {
  const closed = new AbortController()
  const both = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, closed.signal])
  const shared = default_uid === undefined ? {} : { sharedUid: default_uid }
  /** Thousands of accounts are not parsed anew in each pass while the file says the same. */
  let last: { text: string; listing: Listing } | undefined
  return {
    async read({ signal }) {
      const over = both(signal)
      over.throwIfAborted()
      try {
        const text = await textOf(path, over)
        if (text !== last?.text) {
          const { found } = parseDirectoryText(text, { uid: default_uid })
          last = { text, listing: listingOf(found, { ...rules, ...shared }) }
        }
        return last.listing
      } catch (error) {
        over.throwIfAborted()
        throw new DirectoryError(`${path}: ${messageOf(error)}`, { cause: error })
      }
    },
    async *changes({ signal }) {
      const over = both(signal)
      let woken = Promise.withResolvers<void>()
      const unwatch = watchFolders([path], log, () => woken.resolve())
      try {
        let known = await stateOf(path)
        while (!over.aborted) {
          const nap = new AbortController()
          const rest = clock.sleep(lookAnyway, AbortSignal.any([over, nap.signal])).catch(() => undefined)
          await Promise.race([woken.promise, rest])
          nap.abort()
          woken = Promise.withResolvers()
          const state = await stateOf(path)
          if (state === known || over.aborted) continue
          known = state
          yield
        }
      } finally {
        unwatch()
      }
    },
    async close() {
      closed.abort(new DirectoryError('the directory was closed'))
    },
  }
}
