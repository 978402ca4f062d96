import type { Clock } from '../platform/clock.ts'
import { ConfigError } from '../platform/config.ts'
import type { Logger } from '../platform/log.ts'
import type { DirectoryConfig } from './config.ts'
import type { Directory } from './directory.ts'
import { createFileDirectory } from './file.ts'
import { createLdapDirectory } from './ldap.ts'

/** The directory that the settings name; nothing is asked or read before the first read. @throws ConfigError */
export function createDirectory(
  { kind, min_uid, ldap, file }: DirectoryConfig,
  deps: { clock: Clock; log: Logger },
): Directory {
  const rules = { minUid: min_uid }
  if (kind === 'ldap') return createLdapDirectory({ ldap, rules }, deps)
  const { path, ...rest } = file
  if (path === undefined)
    throw new ConfigError(['directory.file.path: must be set, such as /etc/toolforge/accounts.yaml'])
  return createFileDirectory({ file: { path, ...rest }, rules }, deps)
}
