import { namespaceOf, toolIn } from '../contract/limits.ts'
import { uidAnnotation } from '../jobs/labels.ts'
import type { KubeClusterRoleBinding, KubeNamespace, ObjectOf } from '../kube/kinds.ts'
import type { PlatformCluster } from '../kube/platform-cluster.ts'
import { judgeNamespace, judgePart, partKinds, type Template } from './desired.ts'
import { type Notes, notesOf } from './notes.ts'
import { type Part, type PartName, partNames, type ToolObjects } from './plan/facts.ts'
import { createRecall, keyOf, type Recall, type Rules } from './recall.ts'
import { tenancyLabels, toolLabel } from './steps/namespaces.ts'
import { markerName } from './steps/perform.ts'

/** What the cluster holds of a tool, and the owner of its home as the namespace has it. */
export interface Found {
  readonly objects: ToolObjects
  readonly uid: number | undefined
}

/** What the cluster holds of all tools at one time. */
export interface Census {
  /** Tools with a namespace, by name. */
  readonly tools: ReadonlyMap<string, Found>
  /** Bindings that are not ours, by the user that they name: `ClusterRoleBinding NAME`. */
  readonly foreign: ReadonlyMap<string, string>
  /** Bindings of the whole cluster. */
  readonly wide: readonly KubeClusterRoleBinding[]
}

export interface CensusDeps {
  readonly cluster: PlatformCluster
  readonly template: Template
  /** The owner of a tool's home as the directory has it. */
  readonly uidOf: (tool: string) => number | undefined
  /** Kept from one census to the next. */
  readonly memory: CensusMemory
}

type PartKind = (typeof partKinds)[PartName]['kind']

/** The tool that a namespace is for; undefined for one that only looks so. */
export function toolOfNamespace({ metadata }: KubeNamespace): string | undefined {
  const tool = metadata?.labels?.[toolLabel] ?? toolIn(metadata?.name ?? '')
  return tool !== undefined && namespaceOf(tool) === metadata?.name ? tool : undefined
}

const uidOf = ({ metadata }: KubeNamespace): number | undefined => {
  const uid = Number(metadata?.annotations?.[uidAnnotation] ?? Number.NaN)
  return Number.isSafeInteger(uid) ? uid : undefined
}

/** A tool by its namespace. */
interface Named {
  readonly uid: number | undefined
  readonly namespace: ToolObjects['namespace']
  readonly notes: Notes
}

/** On what a verdict rests besides the object itself. */
interface Basis {
  readonly template: Template
  /** The owner of the tool's home, as the directory has it; of a part, else as its namespace has it. */
  readonly uid: number | undefined
}

interface NamespaceVerdict extends Basis {
  readonly tool: string
  readonly named: Named
}

interface PartVerdict extends Basis {
  readonly tool: string
  readonly part: Part
}

/** What is of the kind of a part, and not ours. */
interface Other extends Pick<Basis, 'template'> {
  readonly name: string
  /** Who is named by it. */
  readonly users: readonly string[]
}

/** What was made of the objects of all tools when they were last read. */
export interface CensusMemory {
  readonly namespaces: Recall<'namespaces', NamespaceVerdict | undefined>
  readonly parts: Readonly<Record<PartName, Recall<PartKind, PartVerdict | Other>>>
  readonly bindings: Recall<'rolebindings', Other>
}

export const createCensusMemory = (): CensusMemory => ({
  namespaces: createRecall('namespaces', { labels: tenancyLabels }),
  parts: {
    quota: createRecall<PartKind, PartVerdict | Other>(partKinds.quota.kind),
    limits: createRecall<PartKind, PartVerdict | Other>(partKinds.limits.kind),
    policy: createRecall<PartKind, PartVerdict | Other>(partKinds.policy.kind),
    binding: createRecall<PartKind, PartVerdict | Other>(partKinds.binding.kind),
  },
  bindings: createRecall('rolebindings'),
})

const namespaceRules = ({
  template,
  uidOf: listed,
}: CensusDeps): Rules<'namespaces', NamespaceVerdict | undefined> => ({
  judge(object) {
    const tool = toolOfNamespace(object)
    if (tool === undefined) return undefined
    const uid = uidOf(object)
    const namespace = judgeNamespace(object, template.of(tool, listed(tool) ?? uid ?? 0).namespace)
    return {
      tool,
      template,
      uid: listed(tool),
      named: { uid, namespace, notes: notesOf(object.metadata?.annotations) },
    }
  },
  holds: verdict => verdict === undefined || (verdict.template === template && verdict.uid === listed(verdict.tool)),
})

/** Whether an object is the tool's part of this name, by its own name and its namespace. */
function ownerOf(name: PartName, { metadata }: ObjectOf<PartKind>, template: Template): string | undefined {
  const tool = toolIn(metadata?.namespace ?? '')
  return tool !== undefined && metadata?.name === template.nameOf(name, tool) ? tool : undefined
}

/** The users that a binding names; none where an object is no binding. */
export const usersOf = (object: object): string[] => {
  const { subjects = [] }: { subjects?: readonly { kind: string; name: string }[] } = object
  return subjects.filter(({ kind }) => kind === 'User').map(({ name }) => name)
}

const otherOf = (object: ObjectOf<PartKind>, template: Template): Other => ({
  template,
  name: object.metadata?.name ?? '',
  users: usersOf(object),
})

function partRules(
  name: PartName,
  { template }: CensusDeps,
  uidOf: (tool: string) => number | undefined,
): Rules<PartKind, PartVerdict | Other> {
  return {
    judge(object) {
      const tool = ownerOf(name, object, template)
      if (tool === undefined) return otherOf(object, template)
      const uid = uidOf(tool)
      return { tool, template, uid, part: judgePart(name, object, template.of(tool, uid ?? 0).parts[name]) }
    },
    holds: verdict => verdict.template === template && ('users' in verdict || verdict.uid === uidOf(verdict.tool)),
  }
}

/** Who is named by bindings, each with the first of them. */
function subjectsOf(what: string, bindings: Iterable<Pick<Other, 'name' | 'users'>>): Map<string, string> {
  const found = new Map<string, string>()
  for (const { name, users } of bindings)
    for (const user of users) if (!found.has(user)) found.set(user, `${what} ${name}`)
  return found
}

const foreignOf = (others: Iterable<Other>, wide: readonly KubeClusterRoleBinding[]): Map<string, string> => {
  const bindings = wide.map(binding => ({ name: binding.metadata?.name ?? '', users: usersOf(binding) }))
  return new Map([...subjectsOf('RoleBinding', others), ...subjectsOf('ClusterRoleBinding', bindings)])
}

/** Reads the objects of all tools, in seven calls where little has changed, however many there are. @throws DomainError */
export async function takeCensus(deps: CensusDeps, signal: AbortSignal): Promise<Census> {
  const { cluster, memory, template } = deps
  const at = { cluster, signal }
  const named = memory.namespaces
    .look(cluster, signal)
    .then(seen => memory.namespaces.judge(seen, namespaceRules(deps), at))
  // Of each kind only the verdicts are kept: the objects of thousands of tools take a hundred megabytes.
  const judgeAll = async (name: PartName) => {
    const seen = await memory.parts[name].look(cluster, signal)
    const namespaces = await named
    const uidOf = (tool: string) => deps.uidOf(tool) ?? namespaces.get(keyOf({ name: namespaceOf(tool) }))?.named.uid
    return memory.parts[name].judge(seen, partRules(name, deps, uidOf), at)
  }
  const [namespaces, wide, markers, quota, limits, policy, binding] = await Promise.all([
    named,
    cluster.everywhere.list('clusterrolebindings', { signal }),
    cluster.everywhere.outline('configmaps', { fields: { 'metadata.name': markerName }, signal }),
    ...([judgeAll('quota'), judgeAll('limits'), judgeAll('policy'), judgeAll('binding')] as const),
  ])
  const all = { quota, limits, policy, binding }
  const partOf = (name: PartName, tool: string): Part => {
    const verdict = all[name].get(keyOf({ namespace: namespaceOf(tool), name: template.nameOf(name, tool) }))
    return verdict !== undefined && 'part' in verdict ? verdict.part : 'missing'
  }
  const marked = new Set(markers.map(({ namespace }) => namespace))
  const tools = new Map<string, Found>()
  for (const verdict of namespaces.values()) {
    if (verdict === undefined) continue
    const { tool, named } = verdict
    const { uid, ...rest } = named
    tools.set(tool, {
      uid,
      objects: { ...rest, parts: eachPart(name => partOf(name, tool)), marker: marked.has(namespaceOf(tool)) },
    })
  }
  const others = [...binding.values()].filter(verdict => 'users' in verdict)
  return { tools, foreign: foreignOf(others, wide.items), wide: wide.items }
}

const eachPart = (part: (name: PartName) => Part): ToolObjects['parts'] => ({
  quota: part('quota'),
  limits: part('limits'),
  policy: part('policy'),
  binding: part('binding'),
})

/** Bindings that are not ours, by the user that they name, as in a census. @throws DomainError */
export async function takeForeign(
  { cluster, memory, template }: CensusDeps,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const { bindings } = memory
  const [seen, wide] = await Promise.all([
    bindings.look(cluster, signal),
    cluster.everywhere.list('clusterrolebindings', { signal }),
  ])
  const isOurs = (object: ObjectOf<PartKind>): boolean => ownerOf('binding', object, template) !== undefined
  const rules: Rules<'rolebindings', Other> = {
    judge: object => ({ ...otherOf(object, template), ...(isOurs(object) ? { users: [] } : {}) }),
    holds: verdict => verdict.template === template,
  }
  return foreignOf((await bindings.judge(seen, rules, { cluster, signal })).values(), wide.items)
}

/** The objects of one tool, asked for one by one; undefined where there is no namespace. @throws DomainError */
export async function lookAtTool(
  tool: string,
  { cluster, template, uidOf: listed }: CensusDeps,
  signal: AbortSignal,
): Promise<Found | undefined> {
  const within = cluster.in(namespaceOf(tool))
  const namespace = await within.get('namespaces', namespaceOf(tool), { signal })
  if (namespace === undefined) return undefined
  const get = async (name: PartName) =>
    [name, await within.get(partKinds[name].kind, template.nameOf(name, tool), { signal })] as const
  const objects = new Map(await Promise.all(partNames.map(get)))
  const marker = (await within.get('configmaps', markerName, { signal })) !== undefined
  const uid = uidOf(namespace)
  const desired = template.of(tool, listed(tool) ?? uid ?? 0)
  const parts = eachPart(name => judgePart(name, objects.get(name), desired.parts[name]))
  const notes = notesOf(namespace.metadata?.annotations)
  return { uid, objects: { namespace: judgeNamespace(namespace, desired.namespace), notes, parts, marker } }
}
