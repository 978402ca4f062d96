import { type FieldError, invalid, notPermitted } from './field-error.ts'
import { pods } from './kinds/pod.ts'
import type { Pod } from './kinds/types.ts'
import { readInteger } from './options.ts'
import type { LogRequest, PodLogs } from './pod-logs.ts'
import type { ReadRequest } from './read.ts'
import type { Reply, Sink } from './reply.ts'
import { badRequest, invalidObject, notFound } from './status.ts'
import type { Store } from './store.ts'
import { isTrue } from './target.ts'

/** So much a client may leave waiting before the log waits for it. */
const highWater = 1024 * 1024

export interface LogDeps {
  store: Store
  logs: PodLogs
}

/** @throws StatusError before the first byte: 404, 422 for options, 400 for a container that is not there or has no log. */
export async function podLog({ store, logs }: LogDeps, request: ReadRequest, signal: AbortSignal): Promise<Reply> {
  const { namespace, name, query } = request
  const options = readLogOptions(name, query)
  const pod = store.get(pods, { namespace, name })
  if (pod === undefined) throw notFound(pods, name)
  const container = containerOf(pod, query.get('container') ?? '')
  // A pod that no node has taken yet has no log, and that is no error.
  if (!pod.spec.nodeName) return { code: 204, type: 'text/plain', body: '' }
  const pieces = logs.read(pod, container, { ...options, signal })[Symbol.asyncIterator]()
  const first = await pieces.next()
  return { code: 200, type: 'text/plain', body: sink => copy({ first, pieces }, sink) }
}

interface Pieces {
  first: IteratorResult<Uint8Array>
  pieces: AsyncIterator<Uint8Array>
}

async function copy({ first, pieces }: Pieces, sink: Sink): Promise<void> {
  try {
    for (let piece = first; !piece.done && !sink.signal.aborted; piece = await pieces.next()) {
      sink.write(piece.value)
      if (sink.backlog() > highWater) await sink.drained()
    }
  } finally {
    await pieces.return?.()
  }
}

function readLogOptions(name: string, query: URLSearchParams): Omit<LogRequest, 'signal'> {
  const [tailLines, sinceSeconds, limitBytes] = ['tailLines', 'sinceSeconds', 'limitBytes'].map(option =>
    readInteger(query, option),
  )
  const sinceTime = query.get('sinceTime') ?? undefined
  const errors: FieldError[] = []
  if (tailLines !== undefined && tailLines < 0)
    errors.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'))
  if (sinceSeconds !== undefined && sinceSeconds < 1) errors.push(notPositive('sinceSeconds', sinceSeconds))
  if (limitBytes !== undefined && limitBytes < 1) errors.push(notPositive('limitBytes', limitBytes))
  if (sinceTime !== undefined && sinceSeconds !== undefined) {
    errors.push(notPermitted('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  }
  if (errors.length > 0) throw invalidObject({ group: '', kind: 'PodLogOptions' }, name, errors)
  if (sinceTime !== undefined && Number.isNaN(Date.parse(sinceTime))) {
    throw badRequest(
      `parsing time ${JSON.stringify(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(sinceTime)} as "2006"`,
    )
  }
  return {
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    tailLines,
    sinceSeconds,
    limitBytes,
    sinceTime,
  }
}

const notPositive = (option: string, value: number): FieldError => invalid(option, value, 'must be greater than 0')

/** @throws StatusError 400 when there are several and none is named, or none of that name. */
function containerOf({ metadata, spec }: Pod, wanted: string): string {
  const init = (spec.initContainers ?? []).map(container => container.name)
  const names = spec.containers.map(container => container.name)
  if (wanted === '') {
    const [only] = names
    if (only !== undefined && names.length === 1 && init.length === 0) return only
    const initChoice = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`
    throw badRequest(
      `a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]${initChoice}`,
    )
  }
  if ([...names, ...init].includes(wanted)) return wanted
  throw badRequest(`container ${wanted} is not valid for pod ${metadata.name}`)
}
