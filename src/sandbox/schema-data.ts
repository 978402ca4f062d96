import { volumeTypes } from './schema-volumes.ts'

// The fields of every type that the sandbox's kinds are made of, as the OpenAPI document of Kubernetes 1.36 has them
// (api/openapi-spec/swagger.json). A field is `name:type`; a type is a name, `[list]` or `{map}`; `@key` after a list
// says how strategic merge patches join it (`@` alone: as a set), `*` that the field is never absent, `?` that its
// zero value (`''`, 0, false) is the same as its absence.

export const schemaData: Readonly<Record<string, string>> = {
  ...volumeTypes,
  Affinity: 'nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity',
  AggregationRule: 'clusterRoleSelectors:[LabelSelector]',
  AppArmorProfile: 'localhostProfile:string type:string',
  BoundObjectReference: 'apiVersion:string? kind:string? name:string? uid:string?',
  Capabilities: 'add:[string] drop:[string]',
  CertificateSigningRequest:
    'apiVersion:string? kind:string? metadata:ObjectMeta* spec:CertificateSigningRequestSpec* status:CertificateSigningRequestStatus*',
  CertificateSigningRequestCondition:
    'lastTransitionTime:time lastUpdateTime:time message:string? reason:string? status:string type:string',
  CertificateSigningRequestSpec:
    'expirationSeconds:int32 extra:{[string]} groups:[string] request:bytes signerName:string uid:string? usages:[string] username:string?',
  CertificateSigningRequestStatus: 'certificate:bytes? conditions:[CertificateSigningRequestCondition]',
  ClientIPConfig: 'timeoutSeconds:int32',
  ClusterRole:
    'aggregationRule:AggregationRule apiVersion:string? kind:string? metadata:ObjectMeta* rules:[PolicyRule]',
  ClusterRoleBinding: 'apiVersion:string? kind:string? metadata:ObjectMeta* roleRef:RoleRef* subjects:[Subject]',
  Condition: 'lastTransitionTime:time message:string observedGeneration:int64? reason:string status:string type:string',
  ConfigMap: 'apiVersion:string? binaryData:{bytes} data:{string} immutable:bool kind:string? metadata:ObjectMeta*',
  ConfigMapEnvSource: 'name:string? optional:bool',
  ConfigMapKeySelector: 'key:string name:string? optional:bool',
  Container:
    'args:[string] command:[string] env:[EnvVar]@name envFrom:[EnvFromSource] image:string? imagePullPolicy:string? lifecycle:Lifecycle livenessProbe:Probe name:string ports:[ContainerPort]@containerPort readinessProbe:Probe resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements* restartPolicy:string restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe stdin:bool? stdinOnce:bool? terminationMessagePath:string? terminationMessagePolicy:string? tty:bool? volumeDevices:[VolumeDevice]@devicePath volumeMounts:[VolumeMount]@mountPath workingDir:string?',
  ContainerExtendedResourceRequest: 'containerName:string requestName:string resourceName:string',
  ContainerPort: 'containerPort:int32 hostIP:string? hostPort:int32? name:string? protocol:string?',
  ContainerResizePolicy: 'resourceName:string restartPolicy:string',
  ContainerRestartRule: 'action:string? exitCodes:ContainerRestartRuleOnExitCodes',
  ContainerRestartRuleOnExitCodes: 'operator:string? values:[int32]',
  ContainerState: 'running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting',
  ContainerStateRunning: 'startedAt:time',
  ContainerStateTerminated:
    'containerID:string? exitCode:int32 finishedAt:time message:string? reason:string? signal:int32? startedAt:time',
  ContainerStateWaiting: 'message:string? reason:string?',
  ContainerStatus:
    'allocatedResources:{quantity} allocatedResourcesStatus:[ResourceStatus]@name containerID:string? image:string imageID:string lastState:ContainerState name:string ready:bool resources:ResourceRequirements restartCount:int32 started:bool state:ContainerState stopSignal:string user:ContainerUser volumeMounts:[VolumeMountStatus]@mountPath',
  ContainerUser: 'linux:LinuxContainerUser',
  CronJob: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:CronJobSpec* status:CronJobStatus*',
  CronJobSpec:
    'concurrencyPolicy:string? failedJobsHistoryLimit:int32 jobTemplate:JobTemplateSpec* schedule:string startingDeadlineSeconds:int64 successfulJobsHistoryLimit:int32 suspend:bool timeZone:string',
  CronJobStatus: 'active:[ObjectReference] lastScheduleTime:time lastSuccessfulTime:time',
  DeleteOptions:
    'apiVersion:string? dryRun:[string] gracePeriodSeconds:int64 ignoreStoreReadErrorWithClusterBreakingPotential:bool kind:string? orphanDependents:bool preconditions:Preconditions propagationPolicy:string',
  Deployment: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:DeploymentSpec* status:DeploymentStatus*',
  DeploymentCondition:
    'lastTransitionTime:time lastUpdateTime:time message:string? reason:string? status:string type:string',
  DeploymentSpec:
    'minReadySeconds:int32? paused:bool? progressDeadlineSeconds:int32 replicas:int32 revisionHistoryLimit:int32 selector:LabelSelector strategy:DeploymentStrategy* template:PodTemplateSpec*',
  DeploymentStatus:
    'availableReplicas:int32? collisionCount:int32 conditions:[DeploymentCondition]@type observedGeneration:int64? readyReplicas:int32? replicas:int32? terminatingReplicas:int32 unavailableReplicas:int32? updatedReplicas:int32?',
  DeploymentStrategy: 'rollingUpdate:RollingUpdateDeployment type:string?',
  EnvFromSource: 'configMapRef:ConfigMapEnvSource prefix:string? secretRef:SecretEnvSource',
  EnvVar: 'name:string value:string? valueFrom:EnvVarSource',
  EnvVarSource:
    'configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector',
  EphemeralContainer:
    'args:[string] command:[string] env:[EnvVar]@name envFrom:[EnvFromSource] image:string imagePullPolicy:string lifecycle:Lifecycle livenessProbe:Probe name:string ports:[ContainerPort]@containerPort readinessProbe:Probe resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements restartPolicy:string restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe stdin:bool stdinOnce:bool targetContainerName:string? terminationMessagePath:string terminationMessagePolicy:string tty:bool volumeDevices:[VolumeDevice]@devicePath volumeMounts:[VolumeMount]@mountPath workingDir:string',
  Event:
    'action:string? apiVersion:string? count:int32? eventTime:microTime firstTimestamp:time involvedObject:ObjectReference* kind:string? lastTimestamp:time message:string? metadata:ObjectMeta* reason:string? related:ObjectReference reportingComponent:string reportingInstance:string series:EventSeries source:EventSource* type:string?',
  EventSeries: 'count:int32? lastObservedTime:microTime',
  EventSource: 'component:string? host:string?',
  ExecAction: 'command:[string]',
  FieldSelectorAttributes: 'rawSelector:string? requirements:[FieldSelectorRequirement]',
  FieldSelectorRequirement: 'key:string operator:string values:[string]',
  FileKeySelector: 'key:string optional:bool path:string volumeName:string',
  GRPCAction: 'port:int32 service:string',
  HTTPGetAction: 'host:string? httpHeaders:[HTTPHeader] path:string? port:intOrString scheme:string?',
  HTTPHeader: 'name:string value:string',
  HTTPIngressPath: 'backend:IngressBackend* path:string? pathType:string',
  HTTPIngressRuleValue: 'paths:[HTTPIngressPath]',
  HostAlias: 'hostnames:[string] ip:string',
  HostIP: 'ip:string',
  IPBlock: 'cidr:string except:[string]',
  ImageVolumeStatus: 'imageRef:string?',
  Ingress: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:IngressSpec* status:IngressStatus*',
  IngressBackend: 'resource:TypedLocalObjectReference service:IngressServiceBackend',
  IngressLoadBalancerIngress: 'hostname:string? ip:string? ports:[IngressPortStatus]',
  IngressLoadBalancerStatus: 'ingress:[IngressLoadBalancerIngress]',
  IngressPortStatus: 'error:string port:int32 protocol:string',
  IngressRule: 'host:string? http:HTTPIngressRuleValue',
  IngressServiceBackend: 'name:string port:ServiceBackendPort*',
  IngressSpec: 'defaultBackend:IngressBackend ingressClassName:string rules:[IngressRule] tls:[IngressTLS]',
  IngressStatus: 'loadBalancer:IngressLoadBalancerStatus*',
  IngressTLS: 'hosts:[string] secretName:string?',
  Job: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:JobSpec* status:JobStatus',
  JobCondition: 'lastProbeTime:time lastTransitionTime:time message:string? reason:string? status:string type:string',
  JobSpec:
    'activeDeadlineSeconds:int64 backoffLimit:int32 backoffLimitPerIndex:int32 completionMode:string completions:int32 managedBy:string manualSelector:bool maxFailedIndexes:int32 parallelism:int32 podFailurePolicy:PodFailurePolicy podReplacementPolicy:string selector:LabelSelector successPolicy:SuccessPolicy suspend:bool template:PodTemplateSpec* ttlSecondsAfterFinished:int32',
  JobStatus:
    'active:int32? completedIndexes:string? completionTime:time conditions:[JobCondition]@type failed:int32? failedIndexes:string ready:int32 startTime:time succeeded:int32? terminating:int32 uncountedTerminatedPods:UncountedTerminatedPods',
  JobTemplateSpec: 'metadata:ObjectMeta* spec:JobSpec*',
  LabelSelector: 'matchExpressions:[LabelSelectorRequirement] matchLabels:{string}',
  LabelSelectorAttributes: 'rawSelector:string? requirements:[LabelSelectorRequirement]',
  LabelSelectorRequirement: 'key:string operator:string values:[string]',
  Lease: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:LeaseSpec*',
  LeaseSpec:
    'acquireTime:microTime holderIdentity:string leaseDurationSeconds:int32 leaseTransitions:int32 preferredHolder:string renewTime:microTime strategy:string',
  Lifecycle: 'postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:string',
  LifecycleHandler: 'exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction',
  LimitRange: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:LimitRangeSpec*',
  LimitRangeItem:
    'default:{quantity} defaultRequest:{quantity} max:{quantity} maxLimitRequestRatio:{quantity} min:{quantity} type:string',
  LimitRangeSpec: 'limits:[LimitRangeItem]*',
  LinuxContainerUser: 'gid:int64 supplementalGroups:[int64] uid:int64',
  LoadBalancerIngress: 'hostname:string? ip:string? ipMode:string ports:[PortStatus]',
  LoadBalancerStatus: 'ingress:[LoadBalancerIngress]',
  LocalObjectReference: 'name:string?',
  ManagedFieldsEntry:
    'apiVersion:string? fieldsType:string? fieldsV1:any manager:string? operation:string? subresource:string? time:time',
  Namespace: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:NamespaceSpec* status:NamespaceStatus',
  NamespaceCondition: 'lastTransitionTime:time message:string? reason:string? status:string type:string',
  NamespaceSpec: 'finalizers:[string]',
  NamespaceStatus: 'conditions:[NamespaceCondition]@type phase:string?',
  NetworkPolicy: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:NetworkPolicySpec*',
  NetworkPolicyEgressRule: 'ports:[NetworkPolicyPort] to:[NetworkPolicyPeer]',
  NetworkPolicyIngressRule: 'from:[NetworkPolicyPeer] ports:[NetworkPolicyPort]',
  NetworkPolicyPeer: 'ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector',
  NetworkPolicyPort: 'endPort:int32 port:intOrString protocol:string',
  NetworkPolicySpec:
    'egress:[NetworkPolicyEgressRule] ingress:[NetworkPolicyIngressRule] podSelector:LabelSelector* policyTypes:[string]',
  NodeAffinity:
    'preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm] requiredDuringSchedulingIgnoredDuringExecution:NodeSelector',
  NodeAllocatableResourceClaimStatus: 'containers:[string] resourceClaimName:string resources:{quantity}',
  NodeSelector: 'nodeSelectorTerms:[NodeSelectorTerm]',
  NodeSelectorRequirement: 'key:string operator:string values:[string]',
  NodeSelectorTerm: 'matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]',
  NonResourceAttributes: 'path:string? verb:string?',
  ObjectFieldSelector: 'apiVersion:string? fieldPath:string',
  ObjectMeta:
    'annotations:{string} creationTimestamp:time deletionGracePeriodSeconds:int64 deletionTimestamp:time finalizers:[string]@ generateName:string? generation:int64? labels:{string} managedFields:[ManagedFieldsEntry] name:string? namespace:string? ownerReferences:[OwnerReference]@uid resourceVersion:string? selfLink:string? uid:string?',
  ObjectReference:
    'apiVersion:string? fieldPath:string? kind:string? name:string? namespace:string? resourceVersion:string? uid:string?',
  OwnerReference: 'apiVersion:string blockOwnerDeletion:bool controller:bool kind:string name:string uid:string',
  Pod: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:PodSpec* status:PodStatus',
  PodAffinity:
    'preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm] requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]',
  PodAffinityTerm:
    'labelSelector:LabelSelector matchLabelKeys:[string] mismatchLabelKeys:[string] namespaceSelector:LabelSelector namespaces:[string] topologyKey:string',
  PodAntiAffinity:
    'preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm] requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]',
  PodCondition:
    'lastProbeTime:time lastTransitionTime:time message:string? observedGeneration:int64? reason:string? status:string type:string',
  PodDNSConfig: 'nameservers:[string] options:[PodDNSConfigOption] searches:[string]',
  PodDNSConfigOption: 'name:string? value:string',
  PodExtendedResourceClaimStatus: 'requestMappings:[ContainerExtendedResourceRequest] resourceClaimName:string',
  PodFailurePolicy: 'rules:[PodFailurePolicyRule]',
  PodFailurePolicyOnExitCodesRequirement: 'containerName:string operator:string values:[int32]',
  PodFailurePolicyOnPodConditionsPattern: 'status:string type:string',
  PodFailurePolicyRule:
    'action:string onExitCodes:PodFailurePolicyOnExitCodesRequirement onPodConditions:[PodFailurePolicyOnPodConditionsPattern]',
  PodIP: 'ip:string',
  PodOS: 'name:string',
  PodReadinessGate: 'conditionType:string',
  PodResourceClaim: 'name:string resourceClaimName:string resourceClaimTemplateName:string',
  PodResourceClaimStatus: 'name:string resourceClaimName:string',
  PodSchedulingGate: 'name:string',
  PodSchedulingGroup: 'podGroupName:string',
  PodSecurityContext:
    'appArmorProfile:AppArmorProfile fsGroup:int64 fsGroupChangePolicy:string runAsGroup:int64 runAsNonRoot:bool runAsUser:int64 seLinuxChangePolicy:string seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile supplementalGroups:[int64] supplementalGroupsPolicy:string sysctls:[Sysctl] windowsOptions:WindowsSecurityContextOptions',
  PodSpec:
    'activeDeadlineSeconds:int64 affinity:Affinity automountServiceAccountToken:bool containers:[Container]@name* dnsConfig:PodDNSConfig dnsPolicy:string? enableServiceLinks:bool ephemeralContainers:[EphemeralContainer]@name hostAliases:[HostAlias]@ip hostIPC:bool? hostNetwork:bool? hostPID:bool? hostUsers:bool hostname:string? hostnameOverride:string imagePullSecrets:[LocalObjectReference]@name initContainers:[Container]@name nodeName:string? nodeSelector:{string} os:PodOS overhead:{quantity} preemptionPolicy:string priority:int32 priorityClassName:string? readinessGates:[PodReadinessGate] resourceClaims:[PodResourceClaim]@name resources:ResourceRequirements restartPolicy:string? runtimeClassName:string schedulerName:string? schedulingGates:[PodSchedulingGate]@name schedulingGroup:PodSchedulingGroup securityContext:PodSecurityContext serviceAccount:string? serviceAccountName:string? setHostnameAsFQDN:bool shareProcessNamespace:bool subdomain:string? terminationGracePeriodSeconds:int64 tolerations:[Toleration] topologySpreadConstraints:[TopologySpreadConstraint]@topologyKey volumes:[Volume]@name',
  PodStatus:
    'allocatedResources:{quantity} conditions:[PodCondition]@type containerStatuses:[ContainerStatus] ephemeralContainerStatuses:[ContainerStatus] extendedResourceClaimStatus:PodExtendedResourceClaimStatus hostIP:string? hostIPs:[HostIP]@ip initContainerStatuses:[ContainerStatus] message:string? nodeAllocatableResourceClaimStatuses:[NodeAllocatableResourceClaimStatus] nominatedNodeName:string? observedGeneration:int64? phase:string? podIP:string? podIPs:[PodIP]@ip qosClass:string? reason:string? resize:string? resourceClaimStatuses:[PodResourceClaimStatus]@name resources:ResourceRequirements startTime:time',
  PodTemplateSpec: 'metadata:ObjectMeta* spec:PodSpec*',
  PolicyRule: 'apiGroups:[string] nonResourceURLs:[string] resourceNames:[string] resources:[string] verbs:[string]',
  PortStatus: 'error:string port:int32 protocol:string',
  Preconditions: 'resourceVersion:string uid:string',
  PreferredSchedulingTerm: 'preference:NodeSelectorTerm weight:int32',
  Probe:
    'exec:ExecAction failureThreshold:int32? grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds:int32? periodSeconds:int32? successThreshold:int32? tcpSocket:TCPSocketAction terminationGracePeriodSeconds:int64 timeoutSeconds:int32?',
  ReplicaSet: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:ReplicaSetSpec* status:ReplicaSetStatus*',
  ReplicaSetCondition: 'lastTransitionTime:time message:string? reason:string? status:string type:string',
  ReplicaSetSpec: 'minReadySeconds:int32? replicas:int32 selector:LabelSelector template:PodTemplateSpec*',
  ReplicaSetStatus:
    'availableReplicas:int32? conditions:[ReplicaSetCondition]@type fullyLabeledReplicas:int32? observedGeneration:int64? readyReplicas:int32? replicas:int32 terminatingReplicas:int32',
  ResourceAttributes:
    'fieldSelector:FieldSelectorAttributes group:string? labelSelector:LabelSelectorAttributes name:string? namespace:string? resource:string? subresource:string? verb:string? version:string?',
  ResourceClaim: 'name:string request:string?',
  ResourceFieldSelector: 'containerName:string? divisor:quantity resource:string',
  ResourceHealth: 'health:string? message:string resourceID:string',
  ResourceQuota:
    'apiVersion:string? kind:string? metadata:ObjectMeta* spec:ResourceQuotaSpec* status:ResourceQuotaStatus',
  ResourceQuotaSpec: 'hard:{quantity} scopeSelector:ScopeSelector scopes:[string]',
  ResourceQuotaStatus: 'hard:{quantity} used:{quantity}',
  ResourceRequirements: 'claims:[ResourceClaim] limits:{quantity} requests:{quantity}',
  ResourceStatus: 'name:string resources:[ResourceHealth]',
  Role: 'apiVersion:string? kind:string? metadata:ObjectMeta* rules:[PolicyRule]',
  RoleBinding: 'apiVersion:string? kind:string? metadata:ObjectMeta* roleRef:RoleRef* subjects:[Subject]',
  RoleRef: 'apiGroup:string kind:string name:string',
  RollingUpdateDeployment: 'maxSurge:intOrString maxUnavailable:intOrString',
  SELinuxOptions: 'level:string? role:string? type:string? user:string?',
  Scale: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:ScaleSpec* status:ScaleStatus*',
  ScaleSpec: 'replicas:int32?',
  ScaleStatus: 'replicas:int32 selector:string?',
  ScopeSelector: 'matchExpressions:[ScopedResourceSelectorRequirement]',
  ScopedResourceSelectorRequirement: 'operator:string scopeName:string values:[string]',
  SeccompProfile: 'localhostProfile:string type:string',
  Secret:
    'apiVersion:string? data:{bytes} immutable:bool kind:string? metadata:ObjectMeta* stringData:{string} type:string?',
  SecretEnvSource: 'name:string? optional:bool',
  SecretKeySelector: 'key:string name:string? optional:bool',
  SecurityContext:
    'allowPrivilegeEscalation:bool appArmorProfile:AppArmorProfile capabilities:Capabilities privileged:bool procMount:string readOnlyRootFilesystem:bool runAsGroup:int64 runAsNonRoot:bool runAsUser:int64 seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions',
  SelfSubjectAccessReview:
    'apiVersion:string? kind:string? metadata:ObjectMeta* spec:SelfSubjectAccessReviewSpec* status:SubjectAccessReviewStatus',
  SelfSubjectAccessReviewSpec: 'nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes',
  Service: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:ServiceSpec* status:ServiceStatus*',
  ServiceAccount:
    'apiVersion:string? automountServiceAccountToken:bool imagePullSecrets:[LocalObjectReference] kind:string? metadata:ObjectMeta* secrets:[ObjectReference]@name',
  ServiceBackendPort: 'name:string? number:int32?',
  ServicePort: 'appProtocol:string name:string? nodePort:int32? port:int32 protocol:string? targetPort:intOrString',
  ServiceSpec:
    'allocateLoadBalancerNodePorts:bool clusterIP:string? clusterIPs:[string] externalIPs:[string] externalName:string? externalTrafficPolicy:string? healthCheckNodePort:int32? internalTrafficPolicy:string ipFamilies:[string] ipFamilyPolicy:string loadBalancerClass:string loadBalancerIP:string? loadBalancerSourceRanges:[string] ports:[ServicePort]@port publishNotReadyAddresses:bool? selector:{string} sessionAffinity:string? sessionAffinityConfig:SessionAffinityConfig trafficDistribution:string type:string?',
  ServiceStatus: 'conditions:[Condition]@type loadBalancer:LoadBalancerStatus*',
  SessionAffinityConfig: 'clientIP:ClientIPConfig',
  SleepAction: 'seconds:int64',
  Subject: 'apiGroup:string? kind:string name:string namespace:string?',
  SubjectAccessReviewStatus: 'allowed:bool denied:bool? evaluationError:string? reason:string?',
  SuccessPolicy: 'rules:[SuccessPolicyRule]',
  SuccessPolicyRule: 'succeededCount:int32 succeededIndexes:string',
  Sysctl: 'name:string value:string',
  TCPSocketAction: 'host:string? port:intOrString',
  TokenRequest: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:TokenRequestSpec* status:TokenRequestStatus',
  TokenRequestSpec: 'audiences:[string] boundObjectRef:BoundObjectReference expirationSeconds:int64',
  TokenRequestStatus: 'expirationTimestamp:time token:string',
  TokenReview: 'apiVersion:string? kind:string? metadata:ObjectMeta* spec:TokenReviewSpec* status:TokenReviewStatus',
  TokenReviewSpec: 'audiences:[string] token:string?',
  TokenReviewStatus: 'audiences:[string] authenticated:bool? error:string? user:UserInfo',
  Toleration: 'effect:string? key:string? operator:string? tolerationSeconds:int64 value:string?',
  TopologySpreadConstraint:
    'labelSelector:LabelSelector matchLabelKeys:[string] maxSkew:int32 minDomains:int32 nodeAffinityPolicy:string nodeTaintsPolicy:string topologyKey:string whenUnsatisfiable:string',
  TypedLocalObjectReference: 'apiGroup:string kind:string name:string',
  TypedObjectReference: 'apiGroup:string kind:string name:string namespace:string',
  UncountedTerminatedPods: 'failed:[string] succeeded:[string]',
  UserInfo: 'extra:{[string]} groups:[string] uid:string? username:string?',
  WeightedPodAffinityTerm: 'podAffinityTerm:PodAffinityTerm weight:int32',
  WindowsSecurityContextOptions:
    'gmsaCredentialSpec:string gmsaCredentialSpecName:string hostProcess:bool runAsUserName:string',
}
