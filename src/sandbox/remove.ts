import { conform, DecodeError } from './conform.ts'
import { checkContentType, parseObject } from './decode.ts'
import type { Kind, KubeObject } from './kind.ts'
import { type DeleteOptions, readDeleteOptions } from './options.ts'
import { readMatch } from './read.ts'
import { json, type Reply, statusReply } from './reply.ts'
import { listBody, whole } from './serialise.ts'
import { badRequest, StatusError, success } from './status.ts'
import type { Store } from './store.ts'
import type { WriteRequest } from './write.ts'

export function removeOne(store: Store, request: WriteRequest): Reply {
  const { kind, namespace, name } = request
  const options = optionsOf(request)
  const removed = store.remove(kind, { namespace, name }, options)
  const waits = removed.metadata.deletionTimestamp !== undefined
  if (kind.returnsDeleted || waits) return json(200, whole(kind, removed))
  const { uid } = removed.metadata
  return statusReply(success({ name, group: kind.group, kind: kind.plural, uid }))
}

/** Removes all that the selectors match, and answers with the list of it. */
export function removeAll(store: Store, request: WriteRequest): Reply {
  const { kind, namespace, query } = request
  const options = optionsOf(request)
  const matches = readMatch(kind, namespace, query)
  const version = String(store.version())
  const removed = store
    .list(kind, kind.namespaced && namespace !== '' ? { namespace } : {})
    .items.filter(object => matches(object))
    .flatMap(object => removeIfThere(store, { kind, object, options }))
  return json(200, listBody(kind, { resourceVersion: version }, removed))
}

interface Removal {
  kind: Kind
  object: KubeObject
  options: DeleteOptions
}

/** What the removal of another object has taken along is no error. */
function removeIfThere(store: Store, { kind, object, options }: Removal): KubeObject[] {
  try {
    return [store.remove(kind, object.metadata, options)]
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return []
    throw error
  }
}

function optionsOf(request: WriteRequest): DeleteOptions {
  const options = readOptions(request)
  warnOfOrphans(request, options)
  return options
}

function readOptions({ kind, query, body, contentType }: WriteRequest): DeleteOptions {
  if (body === '') return readDeleteOptions(query, {})
  checkContentType(contentType)
  try {
    const { value } = conform(parseObject('DeleteOptions', body), 'DeleteOptions')
    const found = value['kind']
    if (found !== undefined && found !== 'DeleteOptions') {
      const version = String(value['apiVersion'] ?? kind.version)
      throw badRequest(
        `no kind "${String(found)}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`,
      )
    }
    return readDeleteOptions(query, value)
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message)
    throw error
  }
}

/** Kubernetes warns of the one kind whose dependents stay behind. */
function warnOfOrphans({ kind, warn }: WriteRequest, { propagation }: DeleteOptions): void {
  if (propagation !== undefined || kind.propagation !== 'Orphan') return
  warn(
    `child pods are preserved by default when ${kind.plural} are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning`,
  )
}
