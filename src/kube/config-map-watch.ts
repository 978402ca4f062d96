import { readFile } from 'node:fs/promises'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { createCluster } from './cluster.ts'
import type { ControlPlane } from './config.ts'
import { createConnection } from './connection.ts'
import { reflect, type Sink } from './reflector.ts'
import type { Identity } from './transport.ts'

export interface ConfigMapWatch {
  plane: ControlPlane
  /** The service's own: a certificate with its key (PEM), or the path of a file with a token, which changes from time to time. */
  identity: { certificate: string; key: string } | { token_file: string }
  namespace: string
  name: string
  /** Called with the data at first and at each change; undefined when there is no such ConfigMap. */
  onChange(data: Readonly<Record<string, string>> | undefined): void
}

export interface Watching {
  /** Settles when the first answer is in; never, as long as there is none. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

const identityOf = (identity: ConfigMapWatch['identity']): Identity =>
  'token_file' in identity ? { token: async () => (await readFile(identity.token_file, 'utf8')).trim() } : identity

/** Watches one ConfigMap for good, through lost connections; what it said last stands meanwhile. */
export function watchConfigMap(watch: ConfigMapWatch, { clock, log }: { clock: Clock; log: Logger }): Watching {
  const { namespace, name, onChange } = watch
  const cluster = createCluster(createConnection(watch.plane, identityOf(watch.identity)), { namespace })
  const ready = Promise.withResolvers<void>()
  const stopping = new AbortController()
  let last: string | undefined

  const tell = (data: Record<string, string> | undefined): void => {
    const now = JSON.stringify(data) ?? 'none'
    if (now === last) return
    last = now
    onChange(data)
  }
  const sink: Sink<'configmaps'> = {
    replace(items) {
      const found = items.find(item => item.metadata?.name === name)
      tell(found === undefined ? undefined : (found.data ?? {}))
      ready.resolve()
    },
    event(event) {
      if (event.type === 'BOOKMARK' || event.object.metadata?.name !== name) return
      tell(event.type === 'DELETED' ? undefined : (event.object.data ?? {}))
    },
    lost: error => log.warn({ err: error, namespace, name }, 'a ConfigMap cannot be watched at present'),
  }
  const { signal } = stopping
  const done = reflect(cluster, { kind: 'configmaps', fields: { 'metadata.name': name }, sink, signal, clock })
  return {
    ready: ready.promise,
    async stop() {
      stopping.abort()
      await cluster.close()
      await done
    },
  }
}
