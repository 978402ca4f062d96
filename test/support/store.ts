import { type Logger, quietLog } from '../../src/platform/log.ts'
import type { Kind, KubeObject, NewObject } from '../../src/sandbox/kind.ts'
import { namespaces } from '../../src/sandbox/kinds/namespace.ts'
import { kinds } from '../../src/sandbox/kinds.ts'
import { StatusError } from '../../src/sandbox/status.ts'
import { type Admission, createStore, type Store } from '../../src/sandbox/store.ts'
import type { WriteRequest } from '../../src/sandbox/write.ts'
import { createTestClock } from './test-clock.ts'

/** A store of all kinds with the namespace `ns`, under a clock that the test moves. */
export function createTestStore({
  admission = [],
  history = 1000,
  log = quietLog,
}: {
  admission?: Admission[]
  history?: number
  log?: Logger
} = {}) {
  const clock = createTestClock()
  const store = createStore({ kinds, clock, log, admission, history })
  store.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } })
  return { store, clock }
}

/** A new object of a kind in the namespace `ns`. */
export const newOf = (
  kind: Kind,
  name: string,
  fields: Omit<Partial<NewObject>, 'metadata'> & { metadata?: NewObject['metadata'] } = {},
): NewObject => ({
  apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
  kind: kind.kind,
  ...fields,
  metadata: { name, ...(kind.namespaced ? { namespace: 'ns' } : {}), ...fields.metadata },
})

/** A request of the user `u` to write this body as JSON (a text: as it is); right but for what `fields` say. */
export const writeRequest = (kind: Kind, body: unknown, fields: Partial<WriteRequest> = {}): WriteRequest => ({
  kind,
  namespace: kind.namespaced ? 'ns' : '',
  name: '',
  subresource: '',
  query: new URLSearchParams(),
  contentType: 'application/json',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  user: { name: 'u', groups: [] },
  warn: () => undefined,
  ...fields,
})

/** The spec of a pod with one container; a job's template when it never restarts. */
export const podSpec = (container: Record<string, unknown> = {}) => ({
  restartPolicy: 'Never',
  containers: [{ name: 'job', image: 'busybox:1', ...container }],
})

export const jobSpec = (container: Record<string, unknown> = {}) => ({ template: { spec: podSpec(container) } })

/** The refusal that `act` is met with. */
export function refusalOf(act: () => unknown): StatusError {
  try {
    act()
  } catch (error) {
    if (error instanceof StatusError) return error
    throw error
  }
  throw new Error('it was not refused')
}

/** The object as it is now; it must be there. */
export function found<T extends KubeObject>(store: Store, kind: Kind<T>, name: string): T {
  const object = store.get(kind, { namespace: 'ns', name })
  if (object === undefined) throw new Error(`no ${kind.kind} ${name}`)
  return object
}
