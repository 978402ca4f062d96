import type { Clock } from '../../platform/clock.ts'
import { rfc3339 } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Kind, KubeObject } from '../kind.ts'
import type { Event } from '../kinds/types.ts'
import type { Store } from '../store.ts'

/** Milliseconds for which an event is kept after it was last seen. */
export const eventLifetime = 60 * 60 * 1000

export interface EventSource {
  component: string
  host?: string
}

export interface Occurrence {
  about: KubeObject
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  /** The part of the object, as in `spec.containers{job}`. */
  fieldPath?: string
}

/** Tells the world, by an Event object, what happened to an object. Never throws: what happened has happened. */
export type Recorder = (occurrence: Occurrence) => void

interface Known {
  namespace: string
  name: string
  seen: number
}

/** Makes recorders that share one memory, in which the same event twice is one event that counts to two. */
export function createEvents(deps: { store: Store; events: Kind<Event>; clock: Clock; log: Logger }) {
  const { store, events, clock, log } = deps
  const known = new Map<string, Known>()
  let last = 0n

  /** Unique, and in the order of time: nanoseconds in hexadecimal, as Kubernetes has it. */
  const suffix = (): string => {
    const now = BigInt(Math.floor(clock.now())) * 1_000_000n
    last = now > last ? now : last + 1n
    return last.toString(16)
  }

  const forget = (now: number): void => {
    for (const [key, { namespace, name, seen }] of known) {
      if (seen + eventLifetime > now) return
      known.delete(key)
      if (store.get(events, { namespace, name }) !== undefined) store.remove(events, { namespace, name })
    }
  }

  const again = (event: Event, now: number): void => {
    const { resourceVersion: _, ...metadata } = event.metadata
    store.update(events, { ...event, metadata, count: (event.count ?? 1) + 1, lastTimestamp: rfc3339(now) })
  }

  const record = (source: EventSource, occurrence: Occurrence): void => {
    const now = clock.now()
    const { about, type, reason, message, fieldPath = '' } = occurrence
    const namespace = about.metadata.namespace ?? 'default'
    const key = [source.component, about.metadata.uid, type, reason, message, fieldPath].join('\n')
    forget(now)
    const before = known.get(key)
    const event = before && store.get(events, before)
    const name = before !== undefined && event !== undefined ? before.name : `${about.metadata.name}.${suffix()}`
    if (event === undefined) store.create(events, newEvent({ ...occurrence, fieldPath }, source, { name, now }))
    else again(event, now)
    known.delete(key)
    known.set(key, { namespace, name, seen: now })
  }

  return {
    recorder:
      (source: EventSource): Recorder =>
      occurrence => {
        try {
          record(source, occurrence)
        } catch (error) {
          log.debug({ err: error, reason: occurrence.reason }, 'an event could not be recorded')
        }
      },
  }
}

function newEvent(
  { about, type, reason, message, fieldPath }: Occurrence,
  source: EventSource,
  { name, now }: { name: string; now: number },
) {
  const { namespace, uid, resourceVersion } = about.metadata
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespace ?? 'default' },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.metadata.name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      ...(fieldPath ? { fieldPath } : {}),
    },
    type,
    reason,
    message,
    count: 1,
    eventTime: null,
    firstTimestamp: rfc3339(now),
    lastTimestamp: rfc3339(now),
    source: { ...source },
    reportingComponent: source.component,
    reportingInstance: source.host ?? '',
  }
}
