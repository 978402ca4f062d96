import { untilAborted } from '../../kube/until-aborted.ts'
import type { Context } from '../handlers.ts'
import type { HandlerDeps, ToolAccess } from './deps.ts'
import type { Place } from './workloads.ts'

export interface Visit {
  readonly access: ToolAccess
  readonly place: Place
}

/** Ways into the cluster for requests. */
export interface Places {
  /** To look at something. */
  toLook(context: Context): Promise<Visit>
  /**
   * To change something, once nothing goes on any more that the tool's requests of before have left unfinished: what is taken
   * back after its request was answered must not undo what is asked for next.
   */
  toChange(context: Context): Promise<Visit>
}

/** What handlers are made of that go there. */
export interface PlacedDeps extends HandlerDeps {
  readonly places: Places
}

export function createPlaces({ clusters, clock }: Pick<HandlerDeps, 'clusters' | 'clock'>): Places {
  /** By tool: work that may outlast its request. */
  const unfinished = new Map<string, Set<Promise<unknown>>>()

  async function outlasting<T>(tool: string, work: () => Promise<T>): Promise<T> {
    const all = unfinished.get(tool) ?? new Set()
    unfinished.set(tool, all)
    const running = work()
    all.add(running)
    try {
      return await running
    } finally {
      all.delete(running)
      if (all.size === 0) unfinished.delete(tool)
    }
  }

  async function toLook({ caller: { tool }, signal, requestId }: Context): Promise<Visit> {
    const access = await clusters.for(tool, signal)
    const { cluster } = access
    return { access, place: { cluster, tool, clock, signal, requestId, outlasting: work => outlasting(tool, work) } }
  }

  return {
    toLook,
    async toChange(context) {
      const { caller, signal } = context
      const running = unfinished.get(caller.tool) ?? []
      await untilAborted(Promise.allSettled(running), signal)
      return toLook(context)
    },
  }
}
