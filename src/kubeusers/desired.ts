import { namespaceOf } from '../contract/limits.ts'
import type { KindName, KubeNamespace, ObjectOf } from '../kube/kinds.ts'
import { hasEntries, type Likeness, matches } from './judge.ts'
import { fillText, type Manifest, type ManifestObject } from './manifest.ts'
import { noteNames } from './notes.ts'
import type { Override, Overrides } from './overrides.ts'
import { type Part, type PartName, partNames } from './plan/facts.ts'

/** The kind of each part, and the name of its object where it does not follow from the tool's. */
export const partKinds = {
  quota: { kind: 'resourcequotas', is: 'ResourceQuota' },
  limits: { kind: 'limitranges', is: 'LimitRange' },
  policy: { kind: 'networkpolicies', is: 'NetworkPolicy' },
  binding: { kind: 'rolebindings', is: 'RoleBinding' },
} as const satisfies Record<PartName, { kind: KindName; is: string }>

type PartKind = (typeof partKinds)[PartName]['kind']

/** The objects that a tool should have. */
export interface Desired {
  readonly namespace: ManifestObject
  readonly parts: Readonly<Record<PartName, ManifestObject>>
}

/** Gives the objects that a tool should have, and the names of its parts alone: those are asked for often. */
export interface Template {
  of(tool: string, uid: number): Desired
  nameOf(part: PartName, tool: string): string
}

const only = (objects: readonly ManifestObject[], kind: string): ManifestObject => {
  const [found, another] = objects.filter(object => object.kind === kind)
  if (found === undefined || another !== undefined) throw new Error(`a tool has one ${kind}, not none or several`)
  return found
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

/** The amounts of a quota. */
export const hardOf = (quota: object): Readonly<Record<string, unknown>> =>
  fieldsOf(fieldsOf(fieldsOf(quota)['spec'])['hard'])

function quotaOf(quota: ManifestObject, { hard, version }: Override): ManifestObject {
  const annotations = version === undefined ? {} : { annotations: { [noteNames.version]: version } }
  return {
    ...quota,
    metadata: { ...quota.metadata, ...annotations },
    spec: { ...fieldsOf(quota['spec']), hard: { ...hardOf(quota), ...hard } },
  }
}

/** What the cluster makes of limits of containers that leave resources out. */
function completed(item: Readonly<Record<string, unknown>>): object {
  const usual = { ...fieldsOf(item['max']), ...fieldsOf(item['default']) }
  const requested = { ...fieldsOf(item['min']), ...usual, ...fieldsOf(item['defaultRequest']) }
  const all = Object.entries({ ...item, default: usual, defaultRequest: requested })
  return Object.fromEntries(all.filter(([name, value]) => name in item || Object.keys(fieldsOf(value)).length > 0))
}

function limitsOf(limits: ManifestObject, { max }: Override): ManifestObject {
  const items: unknown = fieldsOf(limits['spec'])['limits']
  if (!Array.isArray(items)) return limits
  const widened = items.map((item: unknown) => {
    const fields = fieldsOf(item)
    if (fields['type'] !== 'Container') return item
    return completed(
      Object.keys(max).length === 0 ? fields : { ...fields, max: { ...fieldsOf(fields['max']), ...max } },
    )
  })
  return { ...limits, spec: { ...fieldsOf(limits['spec']), limits: widened } }
}

/**
 * What tools should have, by the manifest of one tool and what single ones have otherwise.
 * @throws Error when the manifest is not one of a tool: one object of each kind, in the namespace `tool-T`
 */
export function createTemplate(manifest: Manifest, overrides: Overrides): Template {
  const raw = manifest()
  const names = {
    quota: only(raw, partKinds.quota.is).metadata.name,
    limits: only(raw, partKinds.limits.is).metadata.name,
    policy: only(raw, partKinds.policy.is).metadata.name,
    binding: only(raw, partKinds.binding.is).metadata.name,
  }
  const template: Template = {
    of(tool, uid) {
      const objects = manifest({ TOOL: tool, UID: String(uid) })
      const override = overrides.get(tool) ?? { version: undefined, hard: {}, max: {} }
      return {
        namespace: only(objects, 'Namespace'),
        parts: {
          quota: quotaOf(only(objects, partKinds.quota.is), override),
          limits: limitsOf(only(objects, partKinds.limits.is), override),
          policy: only(objects, partKinds.policy.is),
          binding: only(objects, partKinds.binding.is),
        },
      }
    },
    nameOf: (part, tool) => fillText(names[part], { TOOL: tool }),
  }
  check(template)
  return template
}

/** @throws Error when the objects are not where they are looked for */
function check(template: Template): void {
  const { namespace, parts } = template.of('some-tool', 1000)
  if (namespace.metadata.name !== namespaceOf('some-tool')) throw new Error('the namespace of tool T is called tool-T')
  for (const name of partNames)
    if (parts[name].metadata.namespace !== namespace.metadata.name)
      throw new Error(`the ${partKinds[name].is} of a tool belongs to its namespace`)
  if (judgePart('quota', parts.quota, parts.quota) === 'stopped')
    throw new Error('the ResourceQuota of a tool allows pods; one that allows none is of a tool that is shut off')
}

/** The quota of a tool that is shut off: as before, with no pod. */
export function stoppedQuota(quota: ManifestObject): ManifestObject {
  return { ...quota, spec: { ...fieldsOf(quota['spec']), hard: { ...hardOf(quota), pods: '0' } } }
}

type Labelled = { metadata?: { labels?: unknown; annotations?: unknown } }

const hasMarks = (actual: Labelled, wanted: ManifestObject): boolean =>
  hasEntries(actual.metadata?.labels ?? {}, fieldsOf(wanted.metadata['labels'])) &&
  hasEntries(actual.metadata?.annotations ?? {}, fieldsOf(wanted.metadata['annotations']))

/** What the cluster fills in. */
const likenesses: Readonly<Record<PartName, Likeness>> = {
  quota: { amounts: true, filled: [] },
  limits: { amounts: true, filled: [] },
  policy: { amounts: false, filled: ['policyTypes', 'protocol'] },
  binding: { amounts: false, filled: ['apiGroup'] },
}

/** What the cluster sends with any object. */
const besides: readonly string[] = ['apiVersion', 'kind', 'metadata', 'status']

/** What an object is besides what names it. */
const contentOf = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !besides.includes(name)))

const hasContent = (name: PartName, actual: object, wanted: object): boolean =>
  matches(contentOf(actual), contentOf(wanted), likenesses[name])

/** How a part of a tool stands to what it should be. */
export function judgePart(name: PartName, actual: ObjectOf<PartKind> | undefined, wanted: ManifestObject): Part {
  if (actual === undefined) return 'missing'
  if (name === 'quota' && hasContent(name, actual, stoppedQuota(wanted))) return 'stopped'
  return hasMarks(actual, wanted) && hasContent(name, actual, wanted) ? 'right' : 'wrong'
}

/** How a tool's namespace stands to what it should be. */
export function judgeNamespace(
  actual: KubeNamespace | undefined,
  wanted: ManifestObject,
): 'right' | 'wrong' | 'missing' | 'leaving' {
  if (actual === undefined) return 'missing'
  if (actual.metadata?.deletionTimestamp !== undefined) return 'leaving'
  return hasMarks(actual, wanted) ? 'right' : 'wrong'
}
