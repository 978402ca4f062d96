import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { backoffDelay } from '../platform/retry.ts'
import { createChangeDetector } from './change-detector.ts'
import type { LdapConnection } from './ldap-connection.ts'
import { findChanged, type LdapSearches } from './ldap-searches.ts'
import type { LdapServers } from './ldap-servers.ts'

/** Milliseconds between tries while no server can be used, at most. */
const longestRest = 30_000

/** Looks for changes, again and again, over a connection that stays open between. */
export interface Look {
  /** Whether something changed since the look before; false as well when that cannot be told now. */
  news(): Promise<boolean>
  /** Milliseconds until the next look: longer while they fail. */
  rest(): number
  end(): void
}

interface LookDeps {
  readonly servers: LdapServers
  readonly searches: LdapSearches
  readonly clock: Clock
  readonly log: Logger
}

/** The signal ends the connection as well. */
export function createLook({ servers, searches, clock, log }: LookDeps, signal: AbortSignal): Look {
  const detector = createChangeDetector()
  let connection: LdapConnection | undefined
  let failures = 0
  let saw = true

  const end = (): void => {
    connection?.destroy()
    connection = undefined
  }
  const succeed = (): void => {
    if (failures > 0) log.info('changes in the directory are seen again')
    failures = 0
    if (saw && !detector.sees)
      log.warn('the directory does not show modifyTimestamp: changes are seen only when all is read again')
    saw = detector.sees
  }
  const fail = (error: unknown): void => {
    if (failures === 0) log.warn({ err: error }, 'changes in the directory are not seen at present')
    failures++
    if (connection !== undefined) servers.leave(connection.server)
    end()
  }
  return {
    async news() {
      try {
        connection ??= await servers.open(signal)
        const isNews = detector.look(await findChanged(connection, searches, detector.since(clock.now())))
        succeed()
        return isNews
      } catch (error) {
        if (!signal.aborted) fail(error)
        return false
      }
    },
    rest() {
      const first = searches.config.poll_s * 1000
      return failures < 2 ? first : backoffDelay({ first, most: Math.max(first, longestRest) }, failures - 1)
    },
    end,
  }
}
