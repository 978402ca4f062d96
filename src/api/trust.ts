import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { messageOf } from '../platform/message-of.ts'
import { watchFolders } from '../platform/watch-folders.ts'
import {
  createTrustParts,
  type Part,
  refresh,
  type TrustChange,
  type TrustConfig,
  type TrustState,
} from './trust-parts.ts'

/** Whom we believe, and who we are: read from files, kept up to date while the service runs. */
export interface Trust extends Readonly<TrustState> {
  /**
   * Reads the files and goes on watching them.
   * @throws Error when one is missing or wrong: there is nothing to go on with.
   */
  start(): Promise<void>
  stop(): Promise<void>
  /** Looks at the files now. What is wrong is logged, and what was read before stays. */
  reload(): Promise<void>
  /** Takes a deny list (JSON) that comes from elsewhere than the file. False: it is wrong, was logged, and the old one stays. */
  setDenyList(json: string): boolean
  /** Returns what ends it. */
  onChange(listener: (change: TrustChange) => void): () => void
}

/** Writers write several files: look when they are likely done. What is half done is refused, and looked at again. */
const settleMilliseconds = 100

export function createTrust(config: TrustConfig, { clock, log }: { clock: Clock; log: Logger }): Trust {
  const { state, parts, takeDenyList } = createTrustParts(config)
  const listeners = new Set<(change: TrustChange) => void>()
  let stopped = true
  let wake = new AbortController()
  let unwatch = () => {}
  let watching: Promise<void> = Promise.resolve()
  let reloading: Promise<void> = Promise.resolve()

  function announce(change: TrustChange): void {
    for (const listener of listeners) listener(change)
  }

  async function reloadPart(part: Part): Promise<void> {
    try {
      const change = await refresh(part)
      part.complaint = undefined
      if (change === undefined) return
      log.info({ files: part.files }, `${part.name}: reloaded`)
      announce(change)
    } catch (error) {
      const complaint = messageOf(error)
      if (complaint === part.complaint) return
      part.complaint = complaint
      log.error({ err: error, files: part.files }, `${part.name}: not reloaded, going on with what was read before`)
    }
  }

  async function reloadAll(): Promise<void> {
    for (const part of parts) await reloadPart(part)
  }

  /** Sleeps until the time is over or somebody pokes; which of the two does not matter. */
  const sleep = (milliseconds: number): Promise<void> => clock.sleep(milliseconds, wake.signal).catch(() => undefined)

  async function watchFiles(): Promise<void> {
    while (!stopped) {
      await sleep(config.reload_seconds * 1000)
      if (stopped) return
      // From here on a notice counts for the next round.
      wake = new AbortController()
      await sleep(settleMilliseconds)
      await trust.reload()
    }
  }

  const trust: Trust = {
    get identity() {
      return state.identity
    },
    get generation() {
      return state.generation
    },
    get tls() {
      return state.tls
    },
    async start() {
      if (!stopped) return
      for (const part of parts) {
        await refresh(part).catch(error => {
          throw new Error(`${part.name} (${part.files.join(', ')}): ${messageOf(error)}`, { cause: error })
        })
      }
      stopped = false
      wake = new AbortController()
      unwatch = watchFolders(
        parts.flatMap(({ files }) => files),
        log,
        () => wake.abort(),
      )
      watching = watchFiles()
    },
    async stop() {
      stopped = true
      unwatch()
      wake.abort()
      await watching
      await reloading
    },
    reload() {
      // One after the other: an older reading must never overwrite a newer one.
      reloading = reloading.then(reloadAll)
      return reloading
    },
    setDenyList(json) {
      try {
        announce(takeDenyList(json))
        return true
      } catch (error) {
        log.error({ err: error }, 'deny list: not taken, going on with the one before')
        return false
      }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return trust
}
