import fc from 'fast-check'
import t from 'tap'
import { createLog } from '../../../src/platform/log.ts'
import { certificates } from '../../../src/sandbox/admission/certificates.ts'
import { escalation } from '../../../src/sandbox/admission/escalation.ts'
import { limitRanger } from '../../../src/sandbox/admission/limit-ranger.ts'
import { namespaceLifecycle } from '../../../src/sandbox/admission/namespace-lifecycle.ts'
import { resourceQuota } from '../../../src/sandbox/admission/resource-quota.ts'
import { createApi } from '../../../src/sandbox/api.ts'
import { startGarbageCollector } from '../../../src/sandbox/gc.ts'
import { isObject } from '../../../src/sandbox/json.ts'
import { apiVersion, type Kind } from '../../../src/sandbox/kind.ts'
import { kinds } from '../../../src/sandbox/kinds.ts'
import { startQuotaStatus } from '../../../src/sandbox/quota-status.ts'
import { type Scalar, structOf, type Type } from '../../../src/sandbox/schema.ts'
import { createTokens } from '../../../src/sandbox/tokens.ts'
import { newSigningRequest } from '../../support/signing-request.ts'
import { createTestStore, jobSpec, podSpec } from '../../support/store.ts'

const failures: string[] = []
const log = createLog({ level: 'error', service: 'sandbox' }, { write: (line: string) => void failures.push(line) })
const { store, clock } = createTestStore({
  admission: [namespaceLifecycle, limitRanger, certificates, escalation, resourceQuota],
  log,
})
t.teardown(startGarbageCollector(store))
t.teardown(startQuotaStatus(store))
const answer = createApi({
  store,
  tokens: createTokens({ store, clock }),
  clock,
  log,
  logs: { read: async function* () {} },
})

const codeOf = async (method: string, url: string, { body = '', type = 'application/json' } = {}): Promise<number> => {
  const { code } = await answer({
    method,
    url,
    user: { name: 'fuzz', groups: ['system:masters'] },
    header: name => (name === 'content-type' ? type : undefined),
    body: async () => body,
    signal: new AbortController().signal,
  })
  return code
}

const word = fc.constantFrom('', 'a', 'b', 'A b', 'Never', 'Container', 'Role', 'constructor', 'x'.repeat(300), '-1')
const scalars: Record<Scalar, fc.Arbitrary<unknown>> = {
  string: word,
  bool: fc.boolean(),
  int32: fc.constantFrom(0, 1, -1, 2 ** 31 - 1),
  int64: fc.constantFrom(0, 1, -1, 2 ** 53),
  number: fc.double(),
  bytes: fc.constantFrom('', 'YQ=='),
  time: fc.constantFrom('2026-01-02T03:04:05Z', 'x'),
  microTime: fc.constantFrom('2026-01-02T03:04:05.000001Z', 'x'),
  quantity: fc.constantFrom('1', '100m', '1Gi', '-1', '0', 'x', 7),
  intOrString: fc.constantFrom(1, 'a'),
  any: fc.jsonValue(),
}

/** Mostly what the type asks for, seldom something else. */
function anyOf(type: Type, depth: number): fc.Arbitrary<unknown> {
  const strange = fc.constantFrom<unknown>(null, [], {}, 'x', 7, [null])
  const fitting = (): fc.Arbitrary<unknown> => {
    if (type.is === 'scalar') return scalars[type.scalar]
    if (depth === 0) return fc.constant(type.is === 'list' ? [] : {})
    if (type.is === 'list') return fc.array(anyOf(type.of, depth), { maxLength: 2 })
    if (type.is === 'map') return fc.dictionary(word, anyOf(type.of, depth), { maxKeys: 2 })
    return objectOf(type.struct, depth - 1)
  }
  return fc.oneof({ arbitrary: fitting(), weight: 40 }, { arbitrary: strange, weight: 1 })
}

const objectOf = (struct: string, depth: number): fc.Arbitrary<Record<string, unknown>> => {
  const fields = [...structOf(struct)].filter(([name]) => name !== 'apiVersion' && name !== 'kind')
  const often = [
    'metadata',
    'spec',
    'jobTemplate',
    'template',
    'containers',
    'name',
    'image',
    'rules',
    'roleRef',
    'limits',
    'hard',
  ]
  const model = fields.map(([name, { type }]): [string, fc.Arbitrary<unknown>] => {
    const weight = often.includes(name) ? 20 : 1
    const present = fc.oneof({ arbitrary: fc.constant(true), weight }, { arbitrary: fc.constant(false), weight: 3 })
    return [name, present.chain(there => (there ? anyOf(type, depth) : fc.constant(undefined)))]
  })
  return fc.record(Object.fromEntries(model))
}

const collectionOf = (kind: Kind): string =>
  `${kind.group === '' ? '/api/' : '/apis/'}${apiVersion(kind)}/${kind.namespaced ? 'namespaces/ns/' : ''}${kind.plural}`

/** Named, so that it can be found again. */
const named = (object: Record<string, unknown>): string =>
  JSON.stringify({ ...object, metadata: isObject(object['metadata']) ? { ...object['metadata'], ...name } : name })
const name = { name: 'a', namespace: undefined, generateName: undefined, resourceVersion: undefined }

/** Something to change where what chance made was refused. */
// A few hundred objects of each kind, on a machine that may be busy.
t.setTimeout(180_000)

const labels = { app: 'a' }
/** Of what keeps pods of its own: none, so that fuzzing starts no process. */
const keeper = () => ({
  replicas: 0,
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
})
const { request: pem } = await newSigningRequest({ subject: [{ CN: ['a'] }] })
const request = Buffer.from(pem).toString('base64')
const backend = { service: { name: 's', port: { number: 80 } } }
const good: Readonly<Record<string, Record<string, unknown>>> = {
  Pod: { spec: podSpec() },
  Job: { spec: jobSpec() },
  CronJob: { spec: { schedule: '@daily', jobTemplate: { spec: jobSpec() } } },
  Deployment: { spec: keeper() },
  ReplicaSet: { spec: keeper() },
  Service: { spec: { ports: [{ port: 80 }] } },
  Ingress: { spec: { defaultBackend: backend } },
  RoleBinding: { roleRef: { kind: 'Role', name: 'r' } },
  ClusterRoleBinding: { roleRef: { kind: 'ClusterRole', name: 'r' } },
  Event: { involvedObject: { namespace: 'ns' } },
  CertificateSigningRequest: { spec: { request, signerName: 'example.com/x', usages: ['any'] } },
}

for (const kind of kinds.filter(({ verbs }) => verbs === undefined || verbs.includes('get'))) {
  t.test(`whatever a ${kind.kind} looks like, it is taken or refused`, async t => {
    await fc.assert(
      fc.asyncProperty(objectOf(kind.kind, 6), objectOf(kind.kind, 4), async (object, change) => {
        const path = collectionOf(kind)
        await codeOf('POST', path, { body: named(object) })
        const there = await codeOf('POST', path, { body: named(good[kind.kind] ?? {}) })
        for (const type of ['application/strategic-merge-patch+json', 'application/merge-patch+json']) {
          await codeOf('PATCH', `${path}/a`, { body: JSON.stringify(change), type })
        }
        for (const part of kind.subresources ?? []) {
          const type = 'application/merge-patch+json'
          if (part !== 'log') await codeOf('PATCH', `${path}/a/${part}`, { body: JSON.stringify(change), type })
        }
        await codeOf('PUT', `${path}/a`, { body: named(object) })
        await codeOf('GET', path)
        await codeOf('DELETE', `${path}/a?propagationPolicy=Background&gracePeriodSeconds=0`)
        // Taken, or taken before; a limit or quota of chance may stand in the way of a pod.
        return failures.length === 0 && [201, 409, 403].includes(there)
      }),
      { numRuns: 300 },
    )
    t.strictSame(failures, [])
  })
}

t.test('whatever the path and the query are, there is an answer', async t => {
  const part = fc.constantFrom(
    'api',
    'apis',
    'v1',
    'batch',
    'namespaces',
    'ns',
    'pods',
    'jobs',
    'a',
    'log',
    'status',
    '..',
    '%2F',
    '%zz',
    '',
  )
  const name = fc.constantFrom(
    'labelSelector',
    'fieldSelector',
    'limit',
    'continue',
    'resourceVersion',
    'timeoutSeconds',
  )
  const value = fc.constantFrom(
    '',
    'a',
    'a=b',
    'a in (b',
    '1',
    '-1',
    'x',
    '!',
    'metadata.name=a',
    '99999999999999999999',
  )
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'constructor')
  const request = fc.tuple(method, fc.array(part, { maxLength: 8 }), fc.dictionary(name, value))
  await fc.assert(
    fc.asyncProperty(request, async ([method, parts, query]) => {
      const code = await codeOf(method, `/${parts.join('/')}?${new URLSearchParams(query)}`, { body: '{}' })
      return code !== 500 && failures.length === 0
    }),
    { numRuns: 1500 },
  )
  t.strictSame(failures, [])
})
