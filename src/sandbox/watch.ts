import type { Clock } from '../platform/clock.ts'
import { apiVersion, type Kind, type KubeObject } from './kind.ts'
import { readWatchOptions, type WatchOptions } from './options.ts'
import { type Match, type ReadRequest, readMatch } from './read.ts'
import type { Reply, Sink } from './reply.ts'
import { eventLine } from './serialise.ts'
import { expired, type StatusError } from './status.ts'
import type { Change, Store } from './store.ts'
import { tableOf } from './table.ts'

/** A client that is so far behind has its watch ended, as Kubernetes does: it may begin again. */
const backlogLimit = 8 * 1024 * 1024
const bookmarkInterval = 60_000
/** The last bookmark comes this long before the end, so that the next watch begins there. */
const bookmarkLead = 2000
/** Without a wish of the client's a watch ends within half an hour to an hour, so that not all do so at once. */
const shortestWatch = 30 * 60

type EventType = Change['type']

/** What of a change a watcher sees, whose selectors may match the object now, before, both, or never. */
export function seen({ type, object, old }: Change, matches: Match): EventType | undefined {
  const now = type !== 'DELETED' && matches(object)
  const before = old !== undefined && matches(old)
  if (now) return before ? 'MODIFIED' : 'ADDED'
  return before ? 'DELETED' : undefined
}

export interface Watching {
  store: Store
  clock: Clock
  /** By which a watch ends and tells where it is; absent: the same. */
  machine?: Clock
}

/** A stream of events that begins as the options say. @throws StatusError 400 and 422. */
export function watch({ store, clock, machine = clock }: Watching, request: ReadRequest): Reply {
  const { kind, query } = request
  const options = readWatchOptions(query)
  const matches = readMatch(kind, request.namespace, query)
  const line = request.table ? tableLines(request, clock) : eventLine
  return {
    code: 200,
    type: request.table ? 'application/json;as=Table;v=v1;g=meta.k8s.io' : 'application/json',
    body: sink => stream({ store, clock: machine, kind, options, matches, line }, sink),
  }
}

type Line = (kind: Kind, type: EventType, object: KubeObject) => Uint8Array

interface Stream extends Watching {
  kind: Kind
  options: WatchOptions
  matches: Match
  line: Line
}

async function stream({ store, clock, kind, options, matches, line }: Stream, sink: Sink): Promise<void> {
  const end = new AbortController()
  const stop = AbortSignal.any([sink.signal, end.signal])
  const tell = (change: Change): void => {
    if (stop.aborted || (options.resourceVersion ?? 0) >= change.version) return
    const type = seen(change, matches)
    if (type !== undefined) sink.write(line(kind, type, type === 'DELETED' ? lastState(change) : change.object))
    if (sink.backlog() > backlogLimit) end.abort()
  }
  const begun = begin({ store, kind, options }, { matches, line, sink, tell })
  if (!begun) return
  const unsubscribe = store.subscribe(kind, tell)
  const bookmark = (): void => {
    if (options.bookmarks) sink.write(bookmarkLine(kind, store.version(), false))
  }
  try {
    await untilEnd({ clock, stop, seconds: options.timeoutSeconds, bookmark })
  } finally {
    unsubscribe()
  }
}

/** An object that no longer matches is told of as it was, under the version of the change. */
const lastState = ({ type, object, old, version }: Change): KubeObject =>
  type === 'DELETED' || old === undefined
    ? object
    : { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } }

interface Beginning {
  store: Store
  kind: Kind
  options: WatchOptions
}

interface Outlet {
  matches: Match
  line: Line
  sink: Sink
  tell: (change: Change) => void
}

/** Sends what lies before now. False when that is not possible: the client has been told to list again. */
function begin(beginning: Beginning, outlet: Outlet): boolean {
  const { store, kind, options } = beginning
  const { resourceVersion, initialEvents } = options
  if (initialEvents ?? resourceVersion === undefined) sendAll(beginning, outlet)
  else if (resourceVersion !== undefined) {
    const missed = store.since(kind, resourceVersion)
    const tooOld = `too old resource version: ${resourceVersion} (${store.version()})`
    if (missed === undefined) outlet.sink.write(errorLine(expired(tooOld)))
    for (const change of missed ?? []) outlet.tell(change)
    return missed !== undefined
  }
  return true
}

function sendAll({ store, kind, options }: Beginning, { matches, line, sink }: Outlet): void {
  for (const object of store.list(kind).items) if (matches(object)) sink.write(line(kind, 'ADDED', object))
  if (options.initialEvents && options.bookmarks) sink.write(bookmarkLine(kind, store.version(), true))
}

const errorLine = ({ status }: StatusError): Uint8Array =>
  Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)

function bookmarkLine(kind: Kind, version: number, initialEnd: boolean): Uint8Array {
  const annotations = initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
  const object = {
    kind: kind.kind,
    apiVersion: apiVersion(kind),
    metadata: { resourceVersion: String(version), ...annotations },
  }
  return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
}

interface Waiting {
  clock: Clock
  stop: AbortSignal
  seconds: number | undefined
  bookmark: () => void
}

async function untilEnd({ clock, stop, seconds, bookmark }: Waiting): Promise<void> {
  const end = clock.now() + (seconds || shortestWatch * (1 + Math.random())) * 1000
  try {
    for (let left = end - clock.now(); left > 0; left = end - clock.now()) {
      const wait = left > bookmarkLead ? Math.min(left - bookmarkLead, bookmarkInterval) : left
      await clock.sleep(wait, stop)
      if (wait < left) bookmark()
    }
  } catch (error) {
    if (!stop.aborted) throw error
  }
}

/** Events whose objects are tables of one row, the first with its columns. */
function tableLines({ query }: ReadRequest, clock: Clock): Line {
  let first = true
  return (kind, type, object) => {
    const meta = { resourceVersion: object.metadata.resourceVersion }
    const table = tableOf(kind, [object], { meta, query, now: clock.now() })
    const sent = first ? table : { ...table, columnDefinitions: null }
    first = false
    return Buffer.from(`${JSON.stringify({ type, object: sent })}\n`)
  }
}
