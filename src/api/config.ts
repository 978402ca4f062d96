import { type Static, Type } from 'typebox'
import { homesConfig } from '../homes/config.ts'
import { jobsSettings } from '../jobs/settings.ts'
import { kubeConfig, viewsConfig } from '../kube/config.ts'
import { Section } from '../platform/config.ts'
import { logLevels } from '../platform/log.ts'
import { registryConfig } from '../registry/config.ts'
import { denyListConfig } from './deny-list.ts'
import { limitsConfig } from './limits-config.ts'
import { listenerConfig } from './listener-config.ts'

/** Where operators look: plain HTTP, not for tenants. */
const adminConfig = Section(
  {
    host: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Address to listen on, which tenants must not reach. Absent: all',
        env: 'JOBS_API_ADMIN_HOST',
      }),
    ),
    port: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 9000,
      description: 'Port of /metrics, /healthz and /readyz, without TLS. 0 takes a free one',
      env: 'JOBS_API_ADMIN_PORT',
    }),
  },
  'Plain HTTP for operators: metrics and health',
)

const shutdownConfig = Section(
  {
    drain_ms: Type.Integer({
      minimum: 0,
      maximum: 60_000,
      default: 1500,
      description:
        'For how long the service says that it drains and still takes requests, so that proxies turn away, in milliseconds',
      env: 'JOBS_API_DRAIN_MS',
    }),
    limit_ms: Type.Integer({
      minimum: 100,
      maximum: 120_000,
      default: 5000,
      description: 'After how long stopping ends, whatever still hangs, in milliseconds',
      env: 'JOBS_API_SHUTDOWN_MS',
    }),
  },
  'How the service stops',
)

const logConfig = Section(
  {
    level: Type.Unsafe<(typeof logLevels)[number]>(
      Type.String({
        enum: [...logLevels],
        default: 'info',
        description: 'The least that is logged',
        env: 'JOBS_API_LOG_LEVEL',
      }),
    ),
  },
  'The log, one JSON object a line on the standard output',
)

/** All settings of the jobs API. */
export const jobsApiConfig = Type.Object(
  {
    listener: listenerConfig,
    admin: adminConfig,
    deny_list: denyListConfig,
    homes: homesConfig,
    kubernetes: kubeConfig,
    views: viewsConfig,
    registry: registryConfig,
    jobs: jobsSettings,
    limits: limitsConfig,
    log: logConfig,
    shutdown: shutdownConfig,
  },
  { additionalProperties: false, description: 'The jobs API' },
)
export type JobsApiConfig = Static<typeof jobsApiConfig>
