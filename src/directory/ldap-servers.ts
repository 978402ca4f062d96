import { readFile } from 'node:fs/promises'
import { ConfigError } from '../platform/config.ts'
import type { Logger } from '../platform/log.ts'
import { messageOf } from '../platform/message-of.ts'
import type { LdapConfig } from './config.ts'
import { DirectoryError } from './directory.ts'
import { type ConnectionSettings, type LdapConnection, type LdapServer, openConnection } from './ldap-connection.ts'

function serverOf(url: string, tls: LdapConfig['tls']): LdapServer {
  const host = URL.parse(url.replace(/^ldap/, 'http'))?.hostname
  if (host === undefined) throw new ConfigError([`directory.ldap.servers: ${url} is no address`])
  const isEncrypted = url.startsWith('ldaps:')
  return {
    url,
    host: host.replace(/^\[|\]$/g, ''),
    port: portOf(url) ?? (isEncrypted ? 636 : 389),
    protection: isEncrypted ? 'tls' : tls,
  }
}

/** As it is written: an address of the web does not tell a port that is usual there. */
function portOf(url: string): number | undefined {
  const [, port] = /:(\d+)$/.exec(url) ?? []
  return port === undefined ? undefined : Number(port)
}

/** @throws ConfigError when there is none, or one is no address */
function serversOf({ servers, tls }: LdapConfig): LdapServer[] {
  if (servers.length === 0)
    throw new ConfigError(['directory.ldap.servers: must be set, such as ["ldaps://ldap.example"]'])
  return servers.map(url => serverOf(url, tls))
}

async function textOf(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new DirectoryError(`directory.ldap.${setting}: ${file} cannot be read`, { cause: error })
  }
}

async function loginOf({ bind_dn, password_file }: LdapConfig): Promise<ConnectionSettings['login']> {
  if (bind_dn === undefined || password_file === undefined) return undefined
  const password = (await textOf('password_file', password_file)).replace(/\r?\n$/, '')
  // Servers take a name without a password for nobody, who sees less than he who was meant.
  if (password === '') throw new DirectoryError(`directory.ldap.password_file: ${password_file} is empty`)
  return { dn: bind_dn, password }
}

/** Files are read each time, since CAs and passwords are renewed while the service runs. */
const settingsOf = async (config: LdapConfig): Promise<ConnectionSettings> => ({
  ...config,
  ca: config.ca_file === undefined ? undefined : await textOf('ca_file', config.ca_file),
  login: await loginOf(config),
})

export interface LdapServers {
  /**
   * A connection to the server that was used last, or to the next one that can be reached.
   * @throws DirectoryError with what is wrong with each
   */
  open(signal: AbortSignal): Promise<LdapConnection>
  /** The server fails: others are tried before it. */
  leave(server: LdapServer): void
}

/**
 * One server is used as long as it does, since another may lag behind, and show what was there before.
 * @throws ConfigError
 */
export function createLdapServers(config: LdapConfig, log: Logger): LdapServers {
  const servers = serversOf(config)
  if ((config.bind_dn === undefined) !== (config.password_file === undefined))
    throw new ConfigError(['directory.ldap: bind_dn and password_file must be set both, or neither'])
  const plain = servers.filter(({ protection }) => protection === 'none').map(({ url }) => url)
  if (plain.length > 0)
    log.warn({ servers: plain }, 'LDAP without encryption: whoever is on the way can read along, and make accounts')
  let at = 0
  const leave = (server: LdapServer): void => {
    if (servers[at] === server) at = (at + 1) % servers.length
  }
  return {
    async open(signal) {
      const settings = await settingsOf(config)
      const failures: unknown[] = []
      for (const server of [...servers.slice(at), ...servers.slice(0, at)]) {
        try {
          return await openConnection(server, settings, signal)
        } catch (error) {
          signal.throwIfAborted()
          failures.push(error)
          log.warn({ err: error, server: server.url }, 'an LDAP server cannot be used')
          leave(server)
        }
      }
      const texts = failures.map(messageOf)
      throw new DirectoryError(`no LDAP server can be used: ${texts.join('; ')}`, { cause: failures[0] })
    },
    leave,
  }
}
