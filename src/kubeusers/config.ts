import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { directoryConfig } from '../directory/config.ts'
import { provisionConfig } from '../homes/provision-config.ts'
import { kubeConfig } from '../kube/config.ts'
import { Section } from '../platform/config.ts'
import { logLevels } from '../platform/log.ts'

const share = (initial: number, env: string, description: string) =>
  Type.Number({ default: initial, minimum: 0, maximum: 1, env, description })

const whole = (
  initial: number,
  [minimum, maximum]: readonly [number, number],
  more: { env: string; description: string },
) => Type.Integer({ default: initial, minimum, maximum, ...more })

const file = (env: string, description: string) => Type.Optional(Type.String({ minLength: 1, env, description }))

/** The chart beside this code: what a tool gets where nothing else is said. */
const packagedManifest = join(import.meta.dirname, '../../charts/kubeusers/tool.yaml')

const identityConfig = Section(
  {
    token_file: file(
      'KUBEUSERS_TOKEN_FILE',
      "File with the token of the service's account, read anew for each call. In a pod: /var/run/secrets/kubernetes.io/serviceaccount/token",
    ),
    certificate_file: file(
      'KUBEUSERS_CERTIFICATE_FILE',
      "PEM file of the service's own client certificate, in place of a token",
    ),
    key_file: file('KUBEUSERS_KEY_FILE', "PEM file of that certificate's key"),
    kubeconfig: file(
      'KUBEUSERS_KUBECONFIG',
      'A kubeconfig: server, CA and credentials of its current context are taken, and of the others nothing. In place of all the others, kubernetes.server and kubernetes.ca_file included',
    ),
  },
  'As whom the control plane is asked; one of the three',
)

const accessConfig = Section(
  {
    server: Type.Optional(
      Type.String({
        pattern: '^https://[^/]+$',
        env: 'KUBEUSERS_ACCESS_SERVER',
        description: "The API server's address in tools' kubeconfigs. Absent: the one that kubeusers uses itself",
      }),
    ),
    ca_file: file(
      'KUBEUSERS_ACCESS_CA_FILE',
      "PEM file of the CAs that sign that server's certificate, for tools' kubeconfigs. Absent: those that kubeusers uses itself",
    ),
  },
  'How tools reach the control plane',
)

const toolsConfig = Section(
  {
    manifest_file: Type.String({
      default: packagedManifest,
      minLength: 1,
      env: 'KUBEUSERS_MANIFEST_FILE',
      description:
        'YAML of the objects that each tool gets: namespace, binding, quota, limits, network policy. As packaged: charts/kubeusers/tool.yaml',
    }),
    overrides_file: file(
      'KUBEUSERS_OVERRIDES_FILE',
      'YAML with what single tools have otherwise (docs/operations.md); read anew at each pass',
    ),
    absence_s: whole(600, [0, 86_400 * 30], {
      env: 'KUBEUSERS_ABSENCE_S',
      description: 'Seconds that the directory must have lacked a tool before it is shut off',
    }),
    grace_days: Type.Number({
      default: 40,
      minimum: 0,
      maximum: 3650,
      env: 'KUBEUSERS_GRACE_DAYS',
      description: 'Days after it was shut off before the namespace of a tool is deleted',
    }),
    pass_s: whole(60, [1, 86_400], {
      env: 'KUBEUSERS_PASS_S',
      description: 'Seconds between two passes over all tools',
    }),
    concurrency: whole(16, [1, 256], { env: 'KUBEUSERS_CONCURRENCY', description: 'Tools that are worked on at once' }),
  },
  'What tools get, and when it is taken away',
)

const certificatesConfig = Section(
  {
    signer: Type.String({
      default: 'kubernetes.io/kube-apiserver-client',
      minLength: 3,
      env: 'KUBEUSERS_SIGNER',
      description: 'Name of the signer that certificates are asked of',
    }),
    life_days: Type.Number({
      default: 90,
      minimum: 0.01,
      maximum: 3650,
      env: 'KUBEUSERS_LIFE_DAYS',
      description: 'Days that certificates are asked for; they are renewed at two thirds',
    }),
    authorities_file: file(
      'KUBEUSERS_AUTHORITIES_FILE',
      'PEM file of the authorities whose certificates may stay in homes; others are replaced. To rotate an authority, take the old one out here first. Absent: any',
    ),
    reissue_s: whole(60, [0, 86_400], {
      env: 'KUBEUSERS_REISSUE_S',
      description: 'Seconds between certificates that a tool asks for by deleting its marker',
    }),
    patience_s: whole(30, [1, 600], {
      env: 'KUBEUSERS_PATIENCE_S',
      description: 'Seconds to wait for a certificate once its request is approved',
    }),
  },
  'Certificates of tools',
)

const safetyConfig = Section(
  {
    most: whole(3, [0, 1_000_000], {
      env: 'KUBEUSERS_SAFETY_MOST',
      description:
        'So many tools may be shut off or deleted within a day without confirmation, or the share below if that is more',
    }),
    share: share(0.01, 'KUBEUSERS_SAFETY_SHARE', 'That share of the tools that are served'),
    shrink: share(
      0.1,
      'KUBEUSERS_SAFETY_SHRINK',
      'The share of tools that the directory may lack at once; with more, each removal waits for confirmation',
    ),
    most_disabled: whole(10, [0, 1_000_000], {
      env: 'KUBEUSERS_SAFETY_MOST_DISABLED',
      description:
        'So many tools may be flagged as disabled at once, or the share below if that is more, before the flags wait for confirmation',
    }),
    disabled_share: share(0.25, 'KUBEUSERS_SAFETY_DISABLED_SHARE', 'That share of the tools that are served'),
    homes_share: share(
      0.05,
      'KUBEUSERS_SAFETY_HOMES_SHARE',
      'The share of homes that may be unreadable or gone before nothing is taken away',
    ),
    skew_s: whole(300, [1, 86_400], {
      env: 'KUBEUSERS_SAFETY_SKEW_S',
      description: "Seconds by which our clock and the cluster's may differ before nothing is taken away",
    }),
    gap_s: whole(86_400, [60, 86_400 * 30], {
      env: 'KUBEUSERS_SAFETY_GAP_S',
      description: 'Seconds between two passes after which absence counts from the beginning again',
    }),
  },
  'What freezes everything that takes something away',
)

const leaseConfig = Section(
  {
    namespace: Type.String({
      default: 'toolforge-system',
      minLength: 1,
      env: 'KUBEUSERS_NAMESPACE',
      description: "Namespace of the platform's own objects: the lease, the deny list, and what kubeusers remembers",
    }),
    name: Type.String({ default: 'kubeusers', minLength: 1, env: 'KUBEUSERS_LEASE', description: 'Name of the lease' }),
    duration_s: whole(15, [3, 600], { env: 'KUBEUSERS_LEASE_DURATION_S', description: 'Seconds that the lease holds' }),
    renewal_s: whole(2, [1, 60], { env: 'KUBEUSERS_LEASE_RENEWAL_S', description: 'Seconds between two renewals' }),
  },
  'Which of several instances works',
)

const adminConfig = Section(
  {
    host: Type.Optional(
      Type.String({
        minLength: 1,
        env: 'KUBEUSERS_ADMIN_HOST',
        description: 'Address to listen on, which tenants must not reach. Absent: all',
      }),
    ),
    port: whole(9000, [0, 65_535], {
      env: 'KUBEUSERS_ADMIN_PORT',
      description: 'Port of /metrics, /healthz and /readyz, without TLS. 0 takes a free one',
    }),
  },
  'Plain HTTP for operators: metrics and health',
)

const logConfig = Section(
  {
    level: Type.Unsafe<(typeof logLevels)[number]>(
      Type.String({
        enum: [...logLevels],
        default: 'info',
        env: 'KUBEUSERS_LOG_LEVEL',
        description: 'The least that is logged',
      }),
    ),
  },
  'The log, one JSON object a line on the standard output',
)

/** All settings of kubeusers. */
export const kubeusersConfig = Type.Object(
  {
    directory: directoryConfig,
    homes: provisionConfig,
    kubernetes: kubeConfig,
    identity: identityConfig,
    access: accessConfig,
    tools: toolsConfig,
    certificates: certificatesConfig,
    safety: safetyConfig,
    lease: leaseConfig,
    admin: adminConfig,
    log: logConfig,
  },
  { additionalProperties: false, description: 'kubeusers' },
)
export type KubeusersConfig = Static<typeof kubeusersConfig>
