import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from './log.ts'

/**
 * Calls `onChange` when something changes in the folders of these files: folders, since whoever renews a file puts a new
 * one in its place, and Kubernetes swaps a link (`..data`) beside it. The file system may be silent: look yourself, too.
 * Returns what ends it.
 */
export function watchFolders(files: readonly string[], log: Logger, onChange: () => void): () => void {
  const folders = new Set(files.map(file => dirname(file)))
  const watchers = [...folders].flatMap(folder => start(folder, log, onChange))
  return () => {
    for (const watcher of watchers) watcher.close()
  }
}

function start(folder: string, log: Logger, onChange: () => void): FSWatcher[] {
  const unwatched = (error: unknown) => log.warn({ err: error, folder }, 'cannot watch a folder: its files are polled')
  try {
    const watcher = watch(folder, { persistent: false }, onChange)
    watcher.on('error', error => {
      unwatched(error)
      watcher.close()
    })
    return [watcher]
  } catch (error) {
    unwatched(error)
    return []
  }
}
