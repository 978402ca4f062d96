import { isRefusal } from '../../contract/errors.ts'
import type { KubeNamespace } from '../../kube/kinds.ts'
import type { NamespacedCluster } from '../../kube/platform-cluster.ts'
import type { ManifestObject } from '../manifest.ts'

/** The labels by which a namespace is known as a tool's. */
export const tenancyLabels = { tenancy: 'tool' }
export const toolLabel = 'toolforge.org/tool'

/** Either label says that it was made for the tool: the other one may have been taken away. */
const isTools = ({ metadata }: KubeNamespace, wanted: ManifestObject): boolean => {
  const labels = metadata?.labels ?? {}
  const own: unknown = Object.entries(wanted.metadata['labels'] ?? {}).find(([name]) => name === toolLabel)?.[1]
  return labels['tenancy'] === tenancyLabels.tenancy || (own !== undefined && labels[toolLabel] === own)
}

/**
 * Makes a tool's namespace, or puts its labels and annotations right; nothing else of it is ours.
 * @throws Error for a namespace of that name that was made for something else
 */
export async function ensureNamespace(
  cluster: NamespacedCluster,
  wanted: ManifestObject,
  how: 'make' | 'repair',
): Promise<void> {
  const { name, labels, annotations } = wanted.metadata
  if (how === 'make') {
    try {
      await cluster.create('namespaces', { ...wanted, metadata: { name, ...marks(labels, annotations) } })
      return
    } catch (error) {
      if (!isRefusal(error, 'exists')) throw error
    }
    const present = await cluster.get('namespaces', name)
    if (present !== undefined && !isTools(present, wanted))
      throw new Error(
        `there is a namespace ${name} that was not made for a tool; give it the label tenancy=tool to hand it over, or remove it`,
      )
  }
  await cluster.patch('namespaces', name, { patch: { metadata: marks(labels, annotations) } })
}

/** Both come from a manifest: the cluster looks at what is in them. */
const marks = (labels: unknown, annotations: unknown) => ({
  labels: { ...textsOf(labels) },
  annotations: { ...textsOf(annotations) },
})

const textsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(value ?? {}).map(([name, text]) => [name, String(text)]))
