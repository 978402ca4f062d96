import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createTemplate, hardOf, judgeNamespace, judgePart, stoppedQuota } from '../../../src/kubeusers/desired.ts'
import { type ManifestObject, parseManifest } from '../../../src/kubeusers/manifest.ts'
import { noteNames } from '../../../src/kubeusers/notes.ts'
import { parseOverrides } from '../../../src/kubeusers/overrides.ts'
import { type PartName, partNames } from '../../../src/kubeusers/plan/facts.ts'

const chart = readFileSync(join(import.meta.dirname, '../../../charts/kubeusers/tool.yaml'), 'utf8')
const template = createTemplate(parseManifest(chart), new Map())
const desired = template.of('a', 1000)

/** Judges whatever a cluster may send. */
const judged = (name: PartName, actual: unknown, wanted = desired.parts[name]) =>
  judgePart(name, actual as Parameters<typeof judgePart>[1], wanted)
const judgedNamespace = (actual: unknown) =>
  judgeNamespace(actual as Parameters<typeof judgeNamespace>[0], desired.namespace)

/** As an API server sends it back. */
function stored(object: ManifestObject): ManifestObject {
  const { metadata } = object
  const added = { uid: 'u', resourceVersion: '5', creationTimestamp: '2026-11-22T10:00:00Z', managedFields: [] }
  return structuredClone({
    ...object,
    metadata: { ...metadata, ...added, labels: { ...Object(metadata['labels']), x: 'y' } },
  })
}

t.test('each object is right by itself, and as the cluster sends it back', async t => {
  for (const name of partNames) {
    t.equal(judged(name, desired.parts[name]), 'right', name)
    t.equal(judged(name, stored(desired.parts[name])), 'right', name)
    t.equal(judged(name, undefined), 'missing', name)
  }
  const quota = stored(desired.parts.quota)
  const hard = { ...hardOf(quota), 'requests.cpu': '2000m', 'limits.memory': '8192Mi' }
  t.equal(judged('quota', { ...quota, spec: { hard }, status: { hard, used: { pods: '3' } } }), 'right')
  t.equal(judgedNamespace(stored(desired.namespace)), 'right')
  t.equal(judgedNamespace({ ...stored(desired.namespace), spec: { finalizers: ['x'] }, status: {} }), 'right')
  t.equal(judgedNamespace(undefined), 'missing')
})

t.test('a policy and a binding are right with what the cluster fills in', async t => {
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'p' },
    spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }], egress: [] },
  }
  const filled = {
    ...policy,
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }] },
  }
  t.equal(judged('policy', filled, policy), 'right')
  const binding = desired.parts.binding
  const bare = { ...binding, subjects: [{ kind: 'User', name: 'a' }] }
  t.equal(judged('binding', stored(binding), bare), 'right')
})

/** All objects that differ from one in a single place: something taken away, added, or changed. */
function mutations(value: unknown): unknown[] {
  if (Array.isArray(value)) return mutatedLists(value)
  if (typeof value === 'object' && value !== null) return mutatedMappings(value)
  // A thousand times nothing is nothing.
  return value === '0' ? ['01'] : [`${value}1`, `${value}k`]
}

const mutatedLists = (list: unknown[]): unknown[] => [
  [...list, list[0] ?? 'x'],
  ...list.map((_, at) => list.toSpliced(at, 1)),
  ...list.flatMap((item, at) => mutations(item).map(changed => list.with(at, changed))),
]

const mutatedMappings = (mapping: object): unknown[] => [
  { ...mapping, extra: 'x' },
  ...Object.keys(mapping).map(name => Object.fromEntries(Object.entries(mapping).filter(([other]) => other !== name))),
  ...Object.entries(mapping).flatMap(([name, inner]) =>
    mutations(inner).map(changed => ({ ...mapping, [name]: changed })),
  ),
]

t.test('whatever is changed in an object makes it wrong', async t => {
  for (const name of partNames) {
    const { apiVersion, kind, metadata, ...content } = stored(desired.parts[name])
    let count = 0
    for (const changed of mutations(content)) {
      const verdict = judged(name, { apiVersion, kind, metadata, ...Object(changed) })
      if (verdict !== 'wrong') t.fail(`${name}: ${JSON.stringify(changed)} is ${verdict}`)
      count++
    }
    t.ok(count > 9, `${name} in ${count} ways`)
  }
})

t.test('a label or an annotation that is changed or gone makes an object wrong', async t => {
  const { metadata } = desired.namespace
  for (const field of ['labels', 'annotations'])
    for (const name of Object.keys(Object(metadata[field])))
      for (const value of [undefined, 'x', '1k']) {
        const changed = { ...Object(metadata[field]), [name]: value }
        t.equal(judgedNamespace({ metadata: { ...metadata, [field]: changed } }), 'wrong', `${name} ${value}`)
      }
  t.equal(judgedNamespace({ metadata: { name: 'tool-a' } }), 'wrong')
  const leaving = { ...metadata, deletionTimestamp: '2026-11-22T10:00:00Z' }
  t.equal(judgedNamespace({ metadata: leaving }), 'leaving')
})

t.test('a binding for a user whose name is another way to write a number is wrong', async t => {
  const { binding } = template.of('1000', 1000).parts
  const other = { ...binding, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: '1k' }] }
  t.equal(judged('binding', other, binding), 'wrong')
  t.equal(judged('binding', binding, binding), 'right')
})

t.test('a quota that allows no pods is of a tool that is shut off', async t => {
  const stopped = stoppedQuota(desired.parts.quota)
  t.strictSame(hardOf(stopped), { ...hardOf(desired.parts.quota), pods: '0' })
  t.equal(judged('quota', stored(stopped)), 'stopped')
  t.equal(judged('quota', { ...stopped, metadata: {} }), 'stopped')
  t.equal(judged('quota', { ...stopped, spec: { hard: { pods: '0' } } }), 'wrong')
  t.equal(judged('quota', { ...stopped, spec: { ...Object(stopped['spec']), scopes: ['Terminating'] } }), 'wrong')
})

t.test('single tools have what the overrides say, with their version on the quota', async t => {
  const overrides = parseOverrides('tools: {a: {version: 7, cpu: 20, pod_memory: 8Gi, pods: 30}, b: {pods: 5}}')
  const other = createTemplate(parseManifest(chart), overrides)
  const { quota, limits } = other.of('a', 1000).parts
  const hard = { ...hardOf(desired.parts.quota), 'requests.cpu': '20', 'limits.cpu': '20', pods: '30' }
  t.strictSame(hardOf(quota), hard)
  t.strictSame(quota.metadata['annotations'], { [noteNames.version]: '7' })
  t.match(limits, { spec: { limits: [{ max: { cpu: '1', memory: '8Gi' }, min: { cpu: '50m' } }] } })
  t.strictSame(other.of('b', 5).parts.limits, {
    ...desired.parts.limits,
    metadata: other.of('b', 5).parts.limits.metadata,
  })
  t.notOk(other.of('b', 5).parts.quota.metadata['annotations'])
  t.equal(judged('quota', stored(desired.parts.quota), quota), 'wrong')
  t.equal(judged('limits', stored(desired.parts.limits), limits), 'wrong')
  t.equal(judged('quota', { ...quota, metadata: {} }, quota), 'wrong', 'the version is missing')
  t.strictSame(other.of('c', 5).parts.quota.spec, desired.parts.quota.spec)
})

t.test('limits are completed as the cluster completes them', async t => {
  const bare = chart.replace(/ {6}default:[\s\S]*?(?= {6}max:)/, '')
  const { limits } = createTemplate(parseManifest(bare), new Map()).of('a', 5).parts
  const most = { cpu: '1', memory: '4Gi' }
  t.match(limits, { spec: { limits: [{ type: 'Container', max: most, default: most, defaultRequest: most }] } })
})

t.test('the names of parts are known without the rest', async t => {
  for (const name of partNames) t.equal(template.nameOf(name, 'a'), desired.parts[name].metadata.name)
})

t.test('a manifest that is not of a tool is refused', async t => {
  const create = (yaml: string) => () => createTemplate(parseManifest(yaml), new Map())
  t.throws(create(chart.replace('kind: LimitRange', 'kind: Secret')), /a tool has one LimitRange, not none/)
  t.throws(create(`${chart}\n---\n${chart}`), /a tool has one .*, not none or several/)
  t.throws(create(chart.replace('  name: tool-${TOOL}\n  labels', '  name: x-${TOOL}\n  labels')), /is called tool-T/)
  t.throws(create(chart.replace('toolforge-tool\n  namespace: tool-', 'toolforge-tool\n  namespace: x-')), /belongs/)
  t.throws(create(chart.replace('pods: "10"', 'pods: "0"')), /allows pods/)
})
