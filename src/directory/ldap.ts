import type { Clock } from '../platform/clock.ts'
import { withDeadline } from '../platform/deadline.ts'
import type { Logger } from '../platform/log.ts'
import type { LdapConfig } from './config.ts'
import { type Directory, DirectoryError } from './directory.ts'
import type { LdapConnection } from './ldap-connection.ts'
import { createLook } from './ldap-look.ts'
import { createLdapPlan } from './ldap-plan.ts'
import { findAccounts } from './ldap-searches.ts'
import { createLdapServers, type LdapServers } from './ldap-servers.ts'
import { type ListingRules, listingOf } from './listing.ts'

export interface LdapDirectoryConfig {
  readonly ldap: LdapConfig
  readonly rules: ListingRules
}

/** Runs `work` over a connection of its own. What fails leaves the server to others. */
async function overConnection<T>(
  servers: LdapServers,
  signal: AbortSignal,
  work: (connection: LdapConnection) => Promise<T>,
): Promise<T> {
  const connection = await servers.open(signal)
  try {
    const result = await work(connection)
    await connection.end()
    return result
  } catch (error) {
    servers.leave(connection.server)
    throw error
  } finally {
    connection.destroy()
  }
}

/** Accounts from LDAP servers. Nothing is asked before the first read. @throws ConfigError */
export function createLdapDirectory(
  { ldap: config, rules }: LdapDirectoryConfig,
  { clock, log }: { clock: Clock; log: Logger },
): Directory {
  const servers = createLdapServers(config, log)
  const searches = { config, plan: createLdapPlan(config) }
  const closed = new AbortController()
  const both = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, closed.signal])

  return {
    async read({ signal }) {
      const late = (): Error => new DirectoryError(`the directory could not be read within ${config.read_ms} ms`)
      const found = await withDeadline({ milliseconds: config.read_ms, signal: both(signal), late }, signal =>
        overConnection(servers, signal, connection => findAccounts(connection, searches)),
      )
      return listingOf(found, rules)
    },
    async *changes({ signal }) {
      const over = both(signal)
      const look = createLook({ servers, searches, clock, log }, over)
      try {
        while (!over.aborted) {
          if (await look.news()) yield
          await clock.sleep(look.rest(), over).catch(() => undefined)
        }
      } finally {
        look.end()
      }
    },
    async close() {
      closed.abort(new DirectoryError('the directory was closed'))
    },
  }
}
