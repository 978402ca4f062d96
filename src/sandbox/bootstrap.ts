import { clientSigner } from './admission/certificates.ts'
import type { NewObject } from './kind.ts'
import { clusterRoles } from './kinds/cluster-role.ts'
import { clusterRoleBindings } from './kinds/cluster-role-binding.ts'
import { namespaces } from './kinds/namespace.ts'
import type { Rule } from './kinds/role.ts'
import type { Store } from './store.ts'

const rbac = clusterRoles.group
const everything: Rule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
]
const reading = ['get', 'list', 'watch']
const writing = ['create', 'delete', 'deletecollection', 'patch', 'update']
const workloads = ['deployments', 'deployments/scale', 'replicasets', 'replicasets/scale']

const viewable: Rule[] = [
  {
    apiGroups: [''],
    resources: [
      'configmaps',
      'events',
      'limitranges',
      'namespaces',
      'pods',
      'pods/log',
      'pods/status',
      'resourcequotas',
      'resourcequotas/status',
      'serviceaccounts',
      'services',
      'services/status',
    ],
    verbs: reading,
  },
  { apiGroups: ['apps'], resources: [...workloads, 'deployments/status', 'replicasets/status'], verbs: reading },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingresses/status', 'networkpolicies'], verbs: reading },
  { apiGroups: ['batch'], resources: ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], verbs: reading },
]
const editable: Rule[] = [
  // Who reads Secrets gets at what is not his: it is not for those who only view.
  { apiGroups: [''], resources: ['secrets'], verbs: reading },
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
  {
    apiGroups: [''],
    resources: ['configmaps', 'events', 'pods', 'secrets', 'serviceaccounts', 'services'],
    verbs: writing,
  },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  { apiGroups: ['apps'], resources: workloads, verbs: writing },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'], verbs: writing },
  { apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: writing },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...reading, ...writing] },
]
const administered: Rule[] = [
  { apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs: [...reading, ...writing] },
]

const discovery: Rule[] = [
  {
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
    verbs: ['get'],
  },
]
const publicInfo: Rule[] = [
  { nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] },
]
const ownReviews: Rule[] = [
  {
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    verbs: ['create'],
  },
]

/** For programs that ask whose a token is. */
const delegated: Rule[] = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
]
const approving: Rule[] = [
  { apiGroups: ['certificates.k8s.io'], resources: ['signers'], resourceNames: [clientSigner], verbs: ['approve'] },
]

/** Roles that every cluster has, with whom they are bound to; of their rules what the sandbox has kinds for. */
const bootstrapRoles: readonly { name: string; rules: Rule[]; groups: string[] }[] = [
  { name: 'cluster-admin', rules: everything, groups: ['system:masters'] },
  { name: 'system:discovery', rules: discovery, groups: ['system:authenticated'] },
  { name: 'system:basic-user', rules: ownReviews, groups: ['system:authenticated'] },
  {
    name: 'system:public-info-viewer',
    rules: publicInfo,
    groups: ['system:authenticated', 'system:unauthenticated'],
  },
  { name: 'system:auth-delegator', rules: delegated, groups: [] },
  { name: 'system:certificates.k8s.io:kube-apiserver-client-approver', rules: approving, groups: [] },
  { name: 'view', rules: viewable, groups: [] },
  { name: 'edit', rules: [...viewable, ...editable], groups: [] },
  { name: 'admin', rules: [...viewable, ...editable, ...administered], groups: [] },
]

const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }

/** Makes what a cluster has before anyone has done anything. */
export function bootstrap(store: Store): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    store.create(namespaces, object('Namespace', 'v1', { name }))
  }
  for (const { name, rules, groups } of bootstrapRoles) {
    store.create(clusterRoles, { ...object('ClusterRole', `${rbac}/v1`, { name, labels }), rules })
    if (groups.length === 0) continue
    store.create(clusterRoleBindings, {
      ...object('ClusterRoleBinding', `${rbac}/v1`, { name, labels }),
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: groups.map(group => ({ apiGroup: rbac, kind: 'Group', name: group })),
    })
  }
}

const object = (kind: string, apiVersion: string, metadata: NewObject['metadata']): NewObject => ({
  apiVersion,
  kind,
  metadata,
})
