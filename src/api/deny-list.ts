import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import type { ControlPlane } from '../kube/config.ts'
import { type ConfigMapWatch, watchConfigMap } from '../kube/config-map-watch.ts'
import type { Clock } from '../platform/clock.ts'
import { ConfigError, Section } from '../platform/config.ts'
import type { Logger } from '../platform/log.ts'
import type { Trust } from './trust.ts'

const file = (description: string, env: string) => Type.Optional(Type.String({ minLength: 1, description, env }))

/** The deny list as a ConfigMap: the only thing that the service reads with an account of its own. */
export const denyListConfig = Section(
  {
    namespace: Type.String({
      default: 'toolforge-system',
      description: 'Its namespace',
      env: 'JOBS_API_DENY_LIST_NAMESPACE',
    }),
    name: Type.String({ default: 'deny-list', description: 'Its name', env: 'JOBS_API_DENY_LIST_NAME' }),
    key: Type.String({
      default: 'list.json',
      description: 'The key that holds the list',
      env: 'JOBS_API_DENY_LIST_KEY',
    }),
    token_file: file(
      "File with the token of the service's account, to watch the ConfigMap with. Without it and without a certificate there is no watch",
      'JOBS_API_DENY_LIST_TOKEN_FILE',
    ),
    certificate_file: file(
      "PEM file of the service's own client certificate, in place of a token",
      'JOBS_API_DENY_LIST_CERTIFICATE_FILE',
    ),
    key_file: file("PEM file of that certificate's key", 'JOBS_API_DENY_LIST_KEY_FILE'),
  },
  'The deny list as a ConfigMap of the cluster',
)
export type DenyListConfig = Static<typeof denyListConfig>

/** Keeps the trust's deny list as the ConfigMap says. */
export interface DenyListWatch {
  /** Resolves when the list is known: before, nobody can say who is shut out. At once where no ConfigMap is watched. */
  start(plane: ControlPlane): Promise<void>
  stop(): Promise<void>
}

/** @throws Error when a file cannot be read */
function identityOf({
  token_file,
  certificate_file,
  key_file,
}: DenyListConfig): ConfigMapWatch['identity'] | undefined {
  if (token_file !== undefined) return { token_file }
  if (certificate_file === undefined || key_file === undefined) return undefined
  return { certificate: readFileSync(certificate_file, 'utf8'), key: readFileSync(key_file, 'utf8') }
}

/** Half an account is none, and two lists would contradict each other. @throws ConfigError */
export function checkDenyList({ token_file, certificate_file, key_file }: DenyListConfig, listFile?: string): void {
  const problems: string[] = []
  if ((certificate_file === undefined) !== (key_file === undefined)) {
    problems.push('deny_list.certificate_file, deny_list.key_file: set both or none')
  }
  if (token_file !== undefined && certificate_file !== undefined) {
    problems.push('deny_list.token_file, deny_list.certificate_file: set one of them')
  }
  if (listFile !== undefined && (token_file ?? certificate_file) !== undefined) {
    problems.push('listener.deny_list_file: there is a ConfigMap already (deny_list); set one of them')
  }
  if (problems.length > 0) throw new ConfigError(problems)
}

export function createDenyListWatch(
  config: DenyListConfig,
  { trust, clock, log }: { trust: Pick<Trust, 'setDenyList'>; clock: Clock; log: Logger },
): DenyListWatch {
  let end = async () => {}
  return {
    async start(plane) {
      const identity = identityOf(config)
      if (identity === undefined) return
      const { namespace, name, key } = config
      const onChange = (data: Readonly<Record<string, string>> | undefined) => {
        if (data?.[key] === undefined) log.warn({ namespace, name, key }, 'there is no deny list: nobody is shut out')
        trust.setDenyList(data?.[key] ?? '[]')
      }
      const watching = watchConfigMap({ plane, identity, namespace, name, onChange }, { clock, log })
      end = watching.stop
      await watching.ready
    },
    stop: () => end(),
  }
}
