import { Cut } from '../connections.ts'
import type { Reply, Sink } from '../reply.ts'
import { expiredEvent } from './effects.ts'
import { type Asked, type Match, matches } from './fault.ts'

/** As the server ends one after its time, by a reset of its stream, or by telling that its version is too old. */
export type WatchEnd = 'end' | 'cut' | 'expired'

/** The watches that are open. */
export interface OpenWatches {
  /** The same answer, known here for as long as it goes on. */
  track(reply: Reply, asked: Asked): Reply
  /** Ends those that match; how many there were. */
  end(match: Match, how: WatchEnd): number
  count(): number
}

interface Open {
  asked: Asked
  end(how: WatchEnd): void
}

export function createOpenWatches(): OpenWatches {
  const open = new Set<Open>()

  const run = async (body: (sink: Sink) => Promise<void>, sink: Sink, asked: Asked): Promise<void> => {
    const ended = new AbortController()
    const state: { how: WatchEnd } = { how: 'end' }
    const watch: Open = {
      asked,
      end: how => {
        state.how = how
        if (how === 'expired') sink.write(expiredEvent())
        ended.abort()
      },
    }
    open.add(watch)
    try {
      await body({ ...sink, signal: AbortSignal.any([sink.signal, ended.signal]) })
    } finally {
      open.delete(watch)
    }
    if (state.how === 'cut') throw new Cut()
  }

  return {
    track: (reply, asked) => {
      const { body } = reply
      return typeof body === 'string' ? reply : { ...reply, body: sink => run(body, sink, asked) }
    },
    end: (match, how) => {
      const wanted = [...open].filter(({ asked }) => matches(match, asked))
      for (const watch of wanted) watch.end(how)
      return wanted.length
    },
    count: () => open.size,
  }
}
