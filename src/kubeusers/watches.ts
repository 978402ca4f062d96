import { toolIn } from '../contract/limits.ts'
import { uidAnnotation } from '../jobs/labels.ts'
import type { KindName, ObjectOf } from '../kube/kinds.ts'
import type { PlatformCluster } from '../kube/platform-cluster.ts'
import { reflect, type Sink } from '../kube/reflector.ts'
import type { ListOptions } from '../kube/tool-cluster.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { toolOfNamespace } from './census.ts'
import { judgeNamespace, judgePart, type Template } from './desired.ts'
import { notesOf } from './notes.ts'
import { tenancyLabels } from './steps/namespaces.ts'
import { markerName } from './steps/perform.ts'

export interface WatchDeps {
  readonly cluster: PlatformCluster
  readonly template: () => Template
  /** Looks at a tool soon. */
  readonly touch: (tool: string) => void
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Notices at once what somebody does to a tool's namespace, binding or marker; what is done to the rest a pass finds. Our own
 * changes make objects right, and are no reason to look again.
 */
export async function watchTools(
  { cluster, template, touch, clock, log }: WatchDeps,
  signal: AbortSignal,
): Promise<void> {
  const watch = <K extends KindName>(
    kind: K,
    selection: Pick<ListOptions, 'labels' | 'fields'>,
    changed: (object: ObjectOf<K>, isGone: boolean) => string | undefined,
  ): Promise<void> => {
    const sink: Sink<K> = {
      // A pass reads all there is.
      replace: () => {},
      event(event) {
        if (event.type === 'BOOKMARK') return
        const tool = changed(event.object, event.type === 'DELETED')
        if (tool !== undefined) touch(tool)
      },
      lost: error => log.warn({ err: error, kind }, 'changes cannot be watched at present; passes find them'),
    }
    return reflect(cluster.everywhere, { kind, ...selection, sink, signal, clock })
  }

  await Promise.all([
    watch('namespaces', { labels: tenancyLabels }, (namespace, isGone) => {
      const tool = toolOfNamespace(namespace)
      if (tool === undefined || isGone) return tool
      const { metadata } = namespace
      const { namespace: wanted } = template().of(tool, Number(metadata?.annotations?.[uidAnnotation]))
      const isAsked = notesOf(metadata?.annotations).newKey === true
      return judgeNamespace(namespace, wanted) === 'wrong' || isAsked ? tool : undefined
    }),
    watch('rolebindings', { fields: { 'metadata.name': template().nameOf('binding', '') } }, (binding, isGone) => {
      const tool = toolIn(binding.metadata?.namespace ?? '')
      if (tool === undefined || isGone) return tool
      return judgePart('binding', binding, template().of(tool, 0).parts.binding) === 'right' ? undefined : tool
    }),
    watch('configmaps', { fields: { 'metadata.name': markerName } }, ({ metadata }, isGone) =>
      isGone ? toolIn(metadata?.namespace ?? '') : undefined,
    ),
  ])
}
