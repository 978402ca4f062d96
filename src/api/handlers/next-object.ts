import type { KubeJob, Workload } from '../../jobs/wire.ts'

/** Whoever wrote them: a template without these would start all pods again. */
const keptAnnotations = /restartedAt$/

/** The next object with what must stay of the present one, to be written in its place. */
export function inPlaceOf(present: Workload, next: Workload): Workload {
  const { resourceVersion } = present.object.metadata ?? {}
  const metadata = { ...next.object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) }
  // The union's kind and object stay together.
  const moved = { ...next, object: { ...next.object, metadata } } as Workload
  if (present.kind !== 'deployments' || moved.kind !== 'deployments' || moved.object.spec === undefined) return moved
  const { spec } = moved.object
  const kept = Object.entries(present.object.spec?.template.metadata?.annotations ?? {}).filter(([name]) =>
    keptAnnotations.test(name),
  )
  const annotations = { ...spec.template.metadata?.annotations, ...Object.fromEntries(kept) }
  const template = {
    ...spec.template,
    metadata: { ...spec.template.metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
  }
  return { kind: 'deployments', object: { ...moved.object, spec: { ...spec, template } } }
}

/** An object as it was first made, to make it again. */
export function asNew({ kind, object }: Workload): Workload {
  const { name, labels = {}, annotations = {} } = object.metadata ?? {}
  const metadata = { ...(name === undefined ? {} : { name }), labels, annotations }
  const { status: _, ...rest } = object
  const made = { kind, object: { ...rest, metadata } } as Workload
  return made.kind === 'jobs' ? { kind: 'jobs', object: withoutUid(made.object) } : made
}

/** A Job without what the cluster wrote into it: the selector, and the labels of its pods that name its uid. */
function withoutUid(object: KubeJob): KubeJob {
  if (object.spec === undefined) return object
  const { selector: _, template, ...spec } = object.spec
  const own = Object.entries(template.metadata?.labels ?? {}).filter(([name]) => !clusterLabels.has(name))
  const metadata = { ...template.metadata, labels: Object.fromEntries(own) }
  return { ...object, spec: { ...spec, template: { ...template, metadata } } }
}

const clusterLabels: ReadonlySet<string> = new Set([
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
])
