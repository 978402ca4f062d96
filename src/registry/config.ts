import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { builtPrefix } from '../jobs/image-reference.ts'
import { Section } from '../platform/config.ts'

const loopback = 'http://(localhost|127\\.[0-9.]+|\\[::1\\])(:[0-9]+)?'

export const registryConfig = Section(
  {
    url: Type.Optional(
      Type.String({
        pattern: `^(https://[^/?#@\\s]+|${loopback})$`,
        env: 'REGISTRY_URL',
        description:
          'Address of the registry with the images of the build service, without a path; http only on this machine. ' +
          'Jobs name the images by its host and port. Absent: there is no build service.',
      }),
    ),
    project_prefix: Type.String({
      default: builtPrefix,
      pattern: '^[a-z0-9]+-$',
      env: 'REGISTRY_PROJECT_PREFIX',
      description: "What stands before a tool's name in the name of the project that holds its images.",
    }),
    repositories: Type.Array(Type.String({ pattern: '^[-a-z0-9._/{}]+$' }), {
      default: ['tool-{tool}'],
      minItems: 1,
      maxItems: 10,
      env: 'REGISTRY_REPOSITORIES',
      description: "Repositories of a tool's project whose images are listed; {tool} is the tool's name.",
    }),
    ca_file: Type.Optional(
      Type.String({
        minLength: 1,
        env: 'REGISTRY_CA_FILE',
        description: "PEM file of the CAs that sign the registry's certificate. Absent: those that the system trusts.",
      }),
    ),
    username: Type.Optional(
      Type.String({ pattern: '^[^:]+$', env: 'REGISTRY_USERNAME', description: 'Name to log in with, where it asks.' }),
    ),
    password_file: Type.Optional(
      Type.String({ minLength: 1, env: 'REGISTRY_PASSWORD_FILE', description: 'File with the password of that name.' }),
    ),
    timeout_ms: Type.Integer({
      default: 5000,
      minimum: 10,
      maximum: 60_000,
      env: 'REGISTRY_TIMEOUT_MS',
      description: 'Milliseconds for one call.',
    }),
    fresh_ms: Type.Integer({
      default: 5000,
      minimum: 0,
      maximum: 600_000,
      env: 'REGISTRY_FRESH_MS',
      description: "Milliseconds for which an answer about a tool's images is good.",
    }),
  },
  'The registry with the images that tools build.',
)
export type RegistryConfig = Static<typeof registryConfig>

/** The registry, its files read. */
export interface RegistryPlace {
  /** Its origin. */
  readonly url: string
  /** As images name it: host and port. */
  readonly host: string
  /** PEM of one or more CAs. */
  readonly ca: string | undefined
  /** The value of the header Authorization. */
  readonly authorization: string | undefined
  readonly timeout_ms: number
}

/** Reads what the settings name. @throws Error when a file cannot be read, or only half of a login is given */
export function readRegistryPlace(url: string, config: RegistryConfig): RegistryPlace {
  const { ca_file, timeout_ms } = config
  const { origin, host } = new URL(url)
  return {
    url: origin,
    host,
    ca: ca_file === undefined ? undefined : readFileSync(ca_file, 'utf8'),
    authorization: authorizationOf(config),
    timeout_ms,
  }
}

function authorizationOf({ username, password_file }: RegistryConfig): string | undefined {
  if (username === undefined && password_file === undefined) return undefined
  if (username === undefined || password_file === undefined)
    throw new Error('registry: username and password_file must be set both, or neither')
  const password = readFileSync(password_file, 'utf8').replace(/\r?\n$/, '')
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
