import { apiVersion } from './kind.ts'

/**
 * What a Kubernetes 1.36 API server has (api/discovery of its source), group by group: what of it the sandbox lacks is
 * answered with 501, anything else with 404.
 */
const known: Readonly<Record<string, string>> = {
  v1: 'bindings componentstatuses configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services',
  'admissionregistration.k8s.io/v1':
    'mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations',
  'apiextensions.k8s.io/v1': 'customresourcedefinitions',
  'apiregistration.k8s.io/v1': 'apiservices',
  'apps/v1': 'controllerrevisions daemonsets deployments replicasets statefulsets',
  'authentication.k8s.io/v1': 'selfsubjectreviews tokenreviews',
  'authorization.k8s.io/v1':
    'localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews',
  'autoscaling/v1': 'horizontalpodautoscalers',
  'autoscaling/v2': 'horizontalpodautoscalers',
  'batch/v1': 'cronjobs jobs',
  'certificates.k8s.io/v1': 'certificatesigningrequests',
  'coordination.k8s.io/v1': 'leases',
  'discovery.k8s.io/v1': 'endpointslices',
  'events.k8s.io/v1': 'events',
  'flowcontrol.apiserver.k8s.io/v1': 'flowschemas prioritylevelconfigurations',
  'networking.k8s.io/v1': 'ingressclasses ingresses ipaddresses networkpolicies servicecidrs',
  'node.k8s.io/v1': 'runtimeclasses',
  'policy/v1': 'poddisruptionbudgets',
  'rbac.authorization.k8s.io/v1': 'clusterrolebindings clusterroles rolebindings roles',
  'resource.k8s.io/v1': 'deviceclasses resourceclaims resourceclaimtemplates resourceslices',
  'scheduling.k8s.io/v1': 'priorityclasses',
  'storage.k8s.io/v1':
    'csidrivers csinodes csistoragecapacities storageclasses volumeattachments volumeattributesclasses',
}

const resourcesOf = (group: string, version: string): readonly string[] => {
  const name = apiVersion({ group, version })
  return Object.hasOwn(known, name) ? (known[name]?.split(' ') ?? []) : []
}

/** Whether Kubernetes has such a group and version. */
export const hasGroupVersion = (group: string, version: string): boolean => resourcesOf(group, version).length > 0

export const hasGroup = (group: string): boolean => Object.keys(known).some(name => name.startsWith(`${group}/`))

export const hasResource = (group: string, version: string, plural: string): boolean =>
  resourcesOf(group, version).includes(plural)

const workloads: Readonly<Record<string, string>> = {
  'v1/replicationcontrollers': 'ReplicationController',
  'apps/v1/statefulsets': 'StatefulSet',
}

/** The kind of a workload that the sandbox lacks, so that there can be none; undefined for everything else. */
export function neverMade(resource: { group: string; version: string; plural: string }): string | undefined {
  const path = `${apiVersion(resource)}/${resource.plural}`
  return Object.hasOwn(workloads, path) ? workloads[path] : undefined
}

const subresources: Readonly<Record<string, string>> = {
  namespaces: 'finalize status',
  pods: 'attach binding ephemeralcontainers eviction exec log portforward proxy resize status',
  certificatesigningrequests: 'approval status',
  cronjobs: 'status',
  jobs: 'status',
  deployments: 'scale status',
  ingresses: 'status',
  replicasets: 'scale status',
  serviceaccounts: 'token',
  services: 'proxy status',
  resourcequotas: 'status',
}

export const hasSubresource = (plural: string, subresource: string): boolean =>
  Object.hasOwn(subresources, plural) &&
  (subresources[plural] ?? '').split(' ').includes(subresource.split('/')[0] ?? '')
