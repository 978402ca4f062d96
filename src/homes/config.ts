import { type Static, Type } from 'typebox'
import { Section } from '../platform/config.ts'

export const homesConfig = Section(
  {
    root: Type.String({
      default: '/data/project',
      pattern: '^/',
      env: 'HOMES_ROOT',
      description:
        "Folder on the shared disk that holds one home for each tool, named like it. Part of tenants' paths.",
    }),
    min_uid: Type.Integer({
      default: 1000,
      minimum: 0,
      env: 'HOMES_MIN_UID',
      description: 'A home with an owner below this uid is refused.',
    }),
    helpers: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 64,
      env: 'HOMES_HELPERS',
      description: 'Processes that read homes, one request at a time each.',
    }),
    max_stuck: Type.Integer({
      default: 8,
      minimum: 1,
      maximum: 256,
      env: 'HOMES_MAX_STUCK',
      description: 'Homes that may hang before those not yet in memory are refused without a try.',
    }),
    deadline_ms: Type.Integer({
      default: 500,
      minimum: 10,
      maximum: 60_000,
      env: 'HOMES_DEADLINE_MS',
      description: 'Milliseconds that one reading of a home may take; then its helper is killed and replaced.',
    }),
    retry_s: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 3600,
      env: 'HOMES_RETRY_S',
      description: 'Seconds before a home that hung, or wore out a helper, is tried again.',
    }),
    refresh_s: Type.Integer({
      default: 60,
      minimum: 1,
      maximum: 86_400,
      env: 'HOMES_REFRESH_S',
      description: 'Seconds after which credentials in memory are read again, behind the request that uses them.',
    }),
    kubeconfig: Type.String({
      default: '.kube/config',
      pattern: '^[^/]',
      maxLength: 1024,
      env: 'HOMES_KUBECONFIG',
      description: "The kubeconfig's path within a home.",
    }),
    user_prefix: Type.String({
      default: 'tf-',
      env: 'HOMES_USER_PREFIX',
      description: "What stands before the tool's name in the name of its user entry of the kubeconfig.",
    }),
  },
  'Homes of the tools on the shared disk.',
)
export type HomesConfig = Static<typeof homesConfig>
