import t from 'tap'
import { sentence } from '../../../../src/sandbox/field-error.ts'
import {
  defaultPod,
  defaultPodSpec,
  podResources,
  qosClass,
  validatePodSpec,
} from '../../../../src/sandbox/kinds/pod-spec.ts'
import type { Container, PodSpec, Volume } from '../../../../src/sandbox/kinds/types.ts'
import { listed } from '../../../../src/sandbox/quota-usage.ts'

const specOf = (container: Partial<Container> = {}, fields: Partial<PodSpec> = {}): PodSpec => ({
  containers: [{ name: 'c', image: 'x:1', ...container }],
  ...fields,
})
const completed = (spec: PodSpec): PodSpec => {
  defaultPodSpec(spec)
  return spec
}
const errorsOf = (container: Partial<Container>, fields: Partial<PodSpec> = {}): string =>
  sentence(validatePodSpec(completed(specOf(container, fields)), 'spec'))

t.test('a pod spec gets the defaults of Kubernetes', async t => {
  t.strictSame(completed(specOf()), {
    containers: [
      {
        name: 'c',
        image: 'x:1',
        imagePullPolicy: 'IfNotPresent',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ],
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  })
})

t.test('an image without a version, or the latest, is always pulled', async t => {
  const policy = (image: string) => completed(specOf({ image })).containers[0]?.imagePullPolicy
  const policies = Object.fromEntries(
    ['x', 'x:latest', 'host:5000/x', 'x:1', 'x@sha256:a', 'host:5000/x:1'].map(image => [image, policy(image)]),
  )
  t.strictSame(policies, {
    x: 'Always',
    'x:latest': 'Always',
    'host:5000/x': 'Always',
    'x:1': 'IfNotPresent',
    'x@sha256:a': 'IfNotPresent',
    'host:5000/x:1': 'IfNotPresent',
  })
})

t.test('a volume that says nothing is an empty directory', async t => {
  const volumes: Volume[] = [{ name: 'a' }, { name: 'b', hostPath: { path: '/b' } }, { name: 'c', configMap: {} }]
  t.strictSame(completed(specOf({}, { volumes })).volumes, [
    { name: 'a', emptyDir: {} },
    { name: 'b', hostPath: { path: '/b', type: '' } },
    { name: 'c', configMap: { defaultMode: 420 } },
  ])
})

t.test('a pod requests what it is limited to', async t => {
  const spec = specOf({ resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } } })
  defaultPod(spec)
  t.strictSame(spec.containers[0]?.resources?.requests, { cpu: '100m', memory: '1Gi' })
})

t.test('what is missing or wrong is told with its place', async t => {
  const at = 'spec.containers[0]'
  t.equal(errorsOf({}), '[]')
  t.equal(errorsOf({ image: '' }), `${at}.image: Required value`)
  t.equal(errorsOf({ name: '' }), `${at}.name: Required value`)
  t.match(errorsOf({ name: 'A' }), `${at}.name: Invalid value: "A"`)
  t.equal(sentence(validatePodSpec(completed({ containers: [] }), 'spec')), 'spec.containers: Required value')
  const twice = completed({ containers: [...specOf().containers, ...specOf().containers] })
  t.equal(sentence(validatePodSpec(twice, 'spec')), 'spec.containers[1].name: Duplicate value: "c"')
  t.match(errorsOf({ imagePullPolicy: 'Foo' }), `${at}.imagePullPolicy: Unsupported value: "Foo"`)
  t.match(errorsOf({}, { dnsPolicy: 'Foo' }), 'spec.dnsPolicy: Unsupported value: "Foo"')
  t.match(errorsOf({}, { activeDeadlineSeconds: 0 }), 'must be between 1 and 2147483647, inclusive')
  t.match(errorsOf({}, { hostname: 'A' }), 'spec.hostname: Invalid value: "A"')
})

t.test('the environment, mounts and resources are looked at', async t => {
  const at = 'spec.containers[0]'
  t.equal(errorsOf({ env: [{ name: '' }] }), `${at}.env[0].name: Required value`)
  t.match(errorsOf({ env: [{ name: 'a=b' }] }), `printable ASCII characters other than '='`)
  t.match(
    errorsOf({ env: [{ name: 'A', value: 'x', valueFrom: {} }] }),
    'may not be specified when `value` is not empty',
  )
  t.equal(errorsOf({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), `${at}.volumeMounts[0].name: Not found: "v"`)
  const volumes = [{ name: 'v' }]
  const mount = { name: 'v', mountPath: '/v' }
  t.equal(
    errorsOf({ volumeMounts: [mount, mount] }, { volumes }),
    `${at}.volumeMounts[1].mountPath: Invalid value: "/v": must be unique`,
  )
  t.equal(
    errorsOf({ volumeMounts: [{ name: 'v', mountPath: '' }] }, { volumes }),
    `${at}.volumeMounts[0].mountPath: Required value`,
  )
  t.match(errorsOf({}, { volumes: [{ name: 'v' }, { name: 'v' }] }), 'spec.volumes[1].name: Duplicate value: "v"')
  t.match(errorsOf({}, { volumes: [{ name: 'v', hostPath: { path: '' } }] }), 'hostPath.path: Required value')
  t.equal(
    errorsOf({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
    `${at}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
  )
  t.match(errorsOf({ resources: { limits: { cpu: '-1' } } }), 'must be greater than or equal to 0')
})

t.test('what does not matter to a process of this machine is taken as it is', async t => {
  t.equal(errorsOf({ securityContext: { runAsUser: -1 } }, { affinity: {}, subdomain: 'A' }), '[]')
})

t.test('the class of service follows from requests and limits', async t => {
  const classOf = (resources: NonNullable<Container['resources']>) => qosClass(specOf({ resources }))
  t.equal(classOf({}), 'BestEffort')
  t.equal(classOf({ requests: { cpu: '0' } }), 'BestEffort')
  t.equal(classOf({ requests: { cpu: '1' } }), 'Burstable')
  t.equal(classOf({ limits: { cpu: '1' } }), 'Burstable')
  t.equal(classOf({ limits: { cpu: '1', memory: '1Gi' } }), 'Guaranteed')
  t.equal(classOf({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }), 'Burstable')
})

t.test('a pod asks for its containers together, or for its largest init container', async t => {
  const container = (name: string, cpu: string): Container => ({ name, resources: { requests: { cpu } } })
  const spec: PodSpec = {
    containers: [container('a', '1'), container('b', '500m')],
    initContainers: [container('i', '1')],
  }
  t.equal(listed([...podResources(spec, 'requests')]), 'cpu=1500m')
  const large = { ...spec, initContainers: [container('i', '2')] }
  t.equal(listed([...podResources(large, 'requests')]), 'cpu=2')
  t.equal(podResources(spec, 'limits').size, 0)
})
