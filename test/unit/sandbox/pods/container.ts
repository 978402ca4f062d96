import t from 'tap'
import type { Container, Pod, PodSpec } from '../../../../src/sandbox/kinds/types.ts'
import { differences, type Node, programOf } from '../../../../src/sandbox/pods/container.ts'

const node: Node = { name: 'sandbox', address: '127.0.0.1', path: '/bin', uid: 1000 }

const pod = (spec: Partial<PodSpec> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    namespace: 'tool-a',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
    labels: { 'a/b': 'c' },
  },
  spec: { containers: [], ...spec },
  status: {},
})

const container = (more: Partial<Container> = {}): Container => ({ name: 'job', image: 'i', command: ['sh'], ...more })

t.test('a container is a program with its own environment and nothing else', async t => {
  t.strictSame(programOf(container(), pod(), node), {
    program: {
      argv: ['sh'],
      environment: { PATH: '/bin', HOSTNAME: 'p', HOME: '/' },
      directory: '/',
      mark: 'u/job',
      memory: undefined,
      user: undefined,
    },
  })
})

t.test('variables see those before them, the command sees all', async t => {
  const env = [
    { name: 'A', value: '1' },
    { name: 'B', value: '$(A)$(C)' },
    { name: 'C' },
    { name: 'A', value: '2$(A)' },
  ]
  const found = programOf(container({ args: ['$(A)', '$(B)', '$(PATH)'], env }), pod(), node)
  t.match(found, { program: { argv: ['sh', '21', '1$(C)', '$(PATH)'], environment: { A: '21', B: '1$(C)', C: '' } } })
})

t.test('fields of the pod', async t => {
  const paths: Record<string, string> = {
    'metadata.name': 'p',
    'metadata.namespace': 'tool-a',
    'metadata.uid': 'u',
    "metadata.labels['a/b']": 'c',
    "metadata.labels['none']": '',
    "metadata.annotations['none']": '',
    'spec.nodeName': 'sandbox',
    'status.podIP': '127.0.0.1',
  }
  for (const [fieldPath, value] of Object.entries(paths)) {
    const env = [{ name: 'F', valueFrom: { fieldRef: { fieldPath } } }]
    t.match(programOf(container({ env }), pod(), node), { program: { environment: { F: value } } }, fieldPath)
  }
})

t.test('what we cannot give is refused, unless it is optional', async t => {
  const withEnv = (valueFrom: NonNullable<Container['env']>[number]['valueFrom']) =>
    programOf(container({ env: [{ name: 'X', ...(valueFrom === undefined ? {} : { valueFrom }) }] }), pod(), node)
  const refused = { waiting: { reason: 'CreateContainerConfigError' } }
  t.match(withEnv({ secretKeyRef: { key: 'k', name: 'n' } }), refused)
  t.match(withEnv({ fieldRef: { fieldPath: 'metadata.nope' } }), {
    waiting: { message: /cannot give a container the variable X by metadata\.nope/ },
  })
  t.match(withEnv({ resourceFieldRef: { resource: 'limits.cpu' } }), refused)
  t.match(programOf(container({ envFrom: [{ configMapRef: { name: 'n' } }] }), pod(), node), refused)
  t.match(withEnv({ configMapKeyRef: { key: 'k', name: 'n', optional: true } }), { program: {} })
  t.match(programOf({ name: 'job', image: 'i', args: ['x'] }, pod(), node), {
    waiting: { reason: 'CreateContainerError' },
  })
})

t.test('memory limits are bytes', async t => {
  const limit = (memory: string) => programOf(container({ resources: { limits: { memory } } }), pod(), node)
  t.match(limit('64Mi'), { program: { memory: 64 * 1024 * 1024 } })
  t.match(limit('0'), { program: { memory: undefined } })
})

t.test('only root runs a program as another user; others say that they do not', async t => {
  const other = pod({ securityContext: { runAsUser: 5, runAsGroup: 6 } })
  t.match(programOf(container(), other, node), { program: { user: undefined } })
  t.match(programOf(container(), other, { ...node, uid: 0 }), { program: { user: { uid: 5, gid: 6 } } })
  t.match(programOf(container({ securityContext: { runAsUser: 7 } }), other, { ...node, uid: 0 }), {
    program: { user: { uid: 7, gid: 6 } },
  })
  t.match(programOf(container(), pod({ securityContext: { runAsUser: 0 } }), { ...node, uid: 0 }), {
    program: { user: undefined },
  })
  t.same(differences(container(), other, node), ['it runs as your own user 1000, not as 5'])
  t.same(differences(container(), other, { ...node, uid: 0 }), [])
  t.same(differences(container(), pod({ securityContext: { runAsUser: 1000 } }), node), [])
})

t.test('only what is mounted at its own place is there', async t => {
  const volumes = [
    { name: 'home', hostPath: { path: '/data/project/' } },
    { name: 'tmp', emptyDir: {} },
  ]
  const mounted = (name: string, mountPath: string) =>
    differences(container({ volumeMounts: [{ name, mountPath }] }), pod({ volumes }), node)
  t.same(mounted('home', '/data/project'), [])
  t.match(mounted('home', '/elsewhere'), [/^the volume home is not at \/elsewhere/])
  t.match(mounted('tmp', '/tmp/x'), [/^the volume tmp is not at \/tmp\/x/])
})
