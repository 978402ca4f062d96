/** What a tool may do in its own namespace, as data; who reads it need not know charts/kubeusers/rbac.yaml. */

export const reading = ['get', 'list', 'watch'] as const
export const writing = ['create', 'delete', 'deletecollection', 'patch', 'update'] as const
export const verbs = [...reading, ...writing] as const
export type Verb = (typeof verbs)[number]

type Given = 'all' | 'reading' | 'writing' | 'nothing'

const verbsOf: Readonly<Record<Given, readonly Verb[]>> = { all: verbs, reading, writing, nothing: [] }

/** Resources of a group (`pods/log`: with their subresource). */
interface Row {
  readonly group: string
  readonly resources: readonly string[]
  /** As Toolforge asked for it in its first design. */
  readonly asked: Given
  /** What is given, where that differs, and why. */
  readonly given?: Given
  readonly why?: string
}

const table: readonly Row[] = [
  {
    group: '',
    resources: ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'],
    asked: 'all',
  },
  { group: '', resources: ['secrets', 'services/proxy'], asked: 'all' },
  { group: '', resources: ['configmaps', 'services'], asked: 'all' },
  {
    group: '',
    resources: ['endpoints'],
    asked: 'all',
    given: 'reading',
    why: "who writes them sends a Service's traffic into another tenant (CVE-2021-25740); Kubernetes took it out of `edit`",
  },
  {
    group: '',
    resources: ['replicationcontrollers', 'replicationcontrollers/scale'],
    asked: 'all',
    given: 'reading',
    why: 'Deployments took their place; they are read so that `kubectl get all` works',
  },
  { group: '', resources: ['persistentvolumeclaims'], asked: 'reading' },
  { group: '', resources: ['serviceaccounts', 'serviceaccounts/token'], asked: 'nothing' },
  {
    group: '',
    resources: [
      ...['bindings', 'events', 'limitranges', 'namespaces', 'namespaces/status', 'pods/log', 'pods/status'],
      ...['replicationcontrollers/status', 'resourcequotas', 'resourcequotas/status'],
    ],
    asked: 'reading',
  },
  {
    group: 'apps',
    resources: [
      ...['deployments', 'deployments/scale', 'replicasets', 'replicasets/scale'],
      ...['statefulsets', 'statefulsets/scale'],
    ],
    asked: 'all',
  },
  {
    group: 'apps',
    resources: ['deployments/rollback'],
    asked: 'writing',
    given: 'nothing',
    why: 'Kubernetes has had no such subresource since 1.16; `kubectl rollout undo` patches the Deployment',
  },
  { group: 'apps', resources: ['controllerrevisions', 'daemonsets'], asked: 'reading' },
  { group: 'autoscaling', resources: ['horizontalpodautoscalers'], asked: 'reading' },
  { group: 'batch', resources: ['cronjobs', 'jobs'], asked: 'all' },
  {
    group: 'extensions',
    resources: ['deployments', 'deployments/scale', 'ingresses', 'networkpolicies', 'replicasets', 'replicasets/scale'],
    asked: 'all',
    given: 'nothing',
    why: 'Kubernetes has had no such group since 1.22; the others of this table took its place',
  },
  {
    group: 'extensions',
    resources: ['daemonsets'],
    asked: 'reading',
    given: 'nothing',
    why: 'Kubernetes has had no such group since 1.22',
  },
  { group: 'networking.k8s.io', resources: ['ingresses', 'networkpolicies'], asked: 'all' },
  { group: 'policy', resources: ['poddisruptionbudgets'], asked: 'reading' },
  {
    group: 'metrics.k8s.io',
    resources: ['pods'],
    asked: 'nothing',
    given: 'reading',
    why: 'tools look at what they use with `kubectl top pods`',
  },
  // What nobody asked for, and what would be worth the most to who had it.
  {
    group: '',
    resources: [
      ...['nodes', 'nodes/proxy', 'persistentvolumes', 'podtemplates', 'namespaces/finalize', 'pods/binding'],
      ...['pods/eviction', 'pods/ephemeralcontainers', 'pods/resize', 'services/status'],
    ],
    asked: 'nothing',
  },
  {
    group: 'rbac.authorization.k8s.io',
    resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
    asked: 'nothing',
  },
  {
    group: 'certificates.k8s.io',
    resources: ['certificatesigningrequests', 'certificatesigningrequests/approval', 'clustertrustbundles'],
    asked: 'nothing',
  },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations', 'validatingadmissionpolicies'],
    asked: 'nothing',
  },
  { group: 'apiextensions.k8s.io', resources: ['customresourcedefinitions'], asked: 'nothing' },
  { group: 'apiregistration.k8s.io', resources: ['apiservices'], asked: 'nothing' },
  { group: 'apps', resources: ['deployments/status', 'statefulsets/status', 'replicasets/status'], asked: 'nothing' },
  { group: 'authentication.k8s.io', resources: ['tokenreviews'], asked: 'nothing' },
  {
    group: 'authorization.k8s.io',
    resources: ['localsubjectaccessreviews', 'subjectaccessreviews'],
    asked: 'nothing',
  },
  { group: 'batch', resources: ['cronjobs/status', 'jobs/status'], asked: 'nothing' },
  { group: 'coordination.k8s.io', resources: ['leases'], asked: 'nothing' },
  { group: 'discovery.k8s.io', resources: ['endpointslices'], asked: 'nothing' },
  { group: 'networking.k8s.io', resources: ['ingressclasses', 'ingresses/status'], asked: 'nothing' },
  { group: 'node.k8s.io', resources: ['runtimeclasses'], asked: 'nothing' },
  { group: 'scheduling.k8s.io', resources: ['priorityclasses'], asked: 'nothing' },
  { group: 'storage.k8s.io', resources: ['storageclasses', 'volumeattachments'], asked: 'nothing' },
]

/** One question to the cluster, and its answer. */
export interface Cell {
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly verb: string
  readonly isAllowed: boolean
}

const cellsOf = (group: string, name: string, allowed: (verb: string) => boolean) => {
  const [resource = '', subresource = ''] = name.split('/')
  return (verb: string): Cell => ({ group, resource, subresource, verb, isAllowed: allowed(verb) })
}

const refused = (group: string, resources: readonly string[], verbs: readonly string[]): Cell[] =>
  resources.flatMap(resource => verbs.map(cellsOf(group, resource, () => false)))

/** Verbs of the cluster itself, which stand for more than a request. */
const special: readonly Cell[] = [
  ...refused('', ['users', 'groups', 'serviceaccounts'], ['impersonate']),
  ...refused('authentication.k8s.io', ['uids', 'userextras'], ['impersonate']),
  ...refused('rbac.authorization.k8s.io', ['roles', 'clusterroles'], ['bind', 'escalate']),
  ...refused('certificates.k8s.io', ['signers'], ['approve', 'sign', 'attest']),
  ...refused('*', ['*'], ['*', ...verbs]),
]

/** All cells of the table, allowed and refused. */
export const cells: readonly Cell[] = [
  ...table.flatMap(({ group, resources, asked, given = asked }) =>
    resources.flatMap(name => verbs.map(cellsOf(group, name, verb => verbsOf[given].some(one => one === verb)))),
  ),
  ...special,
]

/** The deviations from what was asked, one line each. */
export const deviations: readonly string[] = table.flatMap(({ group, resources, asked, given, why }) =>
  given === undefined ? [] : [`${group || 'core'}: ${resources.join(', ')}: ${given} in place of ${asked}: ${why}`],
)
