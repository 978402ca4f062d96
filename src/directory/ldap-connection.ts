import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Client, type Entry, type Filter } from 'ldapts'
import { withDeadline } from '../platform/deadline.ts'
import { printable } from '../platform/printable.ts'
import { DirectoryError } from './directory.ts'
import { failureText } from './ldap-failure.ts'

export interface LdapServer {
  /** As it is configured. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly protection: 'tls' | 'starttls' | 'none'
}

export interface ConnectionSettings {
  /** PEM of the CAs that sign servers' certificates; undefined: those of the system. */
  readonly ca: string | undefined
  /** Undefined: nobody. */
  readonly login: { readonly dn: string; readonly password: string } | undefined
  readonly connect_ms: number
  readonly search_ms: number
  readonly page: number
  readonly max_entries: number
}

export interface LdapQuery {
  readonly base: string
  readonly scope: 'one' | 'sub'
  readonly filter: Filter
  readonly attributes: readonly string[]
}

/** An entry; its attributes by their names in lower case, since servers write them as they like. */
export interface LdapEntry {
  readonly dn: string
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** A connection that is encrypted as the settings say, and logged in. */
export interface LdapConnection {
  readonly server: LdapServer
  /** All entries that match, or none. @throws DirectoryError; its cause is what the library said */
  search(query: LdapQuery): Promise<LdapEntry[]>
  /** Says goodbye. */
  end(): Promise<void>
  /** Ends it at once; what still runs over it fails. */
  destroy(): void
}

const startTls = '1.3.6.1.4.1.1466.20037'

/** Asks by a client of its own: what came before the encryption, by whomever, must not stay in the memory of one that is used. */
async function askForTls(url: string, raw: Socket): Promise<void> {
  const client = new Client({ url, createConnection: () => raw })
  await client.exop(startTls)
  raw.removeAllListeners('data')
}

async function openSocket(server: LdapServer, ca: string | undefined, keep: (socket: Socket) => void): Promise<Socket> {
  const { host, port, protection } = server
  const raw = connect({ host, port })
  keep(raw)
  await once(raw, 'connect')
  if (protection === 'none') return raw
  if (protection === 'starttls') await askForTls(plainUrl(server), raw)
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket = connectTls({ socket: raw, host, ...name, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' })
  keep(socket)
  await once(socket, 'secureConnect')
  return socket
}

/** The client is handed an open socket, whatever protects it. */
const plainUrl = ({ host, port }: LdapServer): string => `ldap://${isIP(host) === 6 ? `[${host}]` : host}:${port}`

function clientOver(socket: Socket, server: LdapServer, timeout: number): Client {
  let isUsed = false
  const createConnection = (): Socket => {
    // Left to itself the client would connect again without encryption and login, and see what nobody sees.
    if (isUsed) throw new Error('the connection was cut')
    isUsed = true
    return socket
  }
  return new Client({ url: plainUrl(server), timeout, createConnection })
}

const textOf = (value: Buffer | string): string => value.toString()

function entryOf({ dn, ...attributes }: Entry): LdapEntry {
  const values = Object.entries(attributes).map(
    ([name, value]) => [name.toLowerCase(), (Array.isArray(value) ? value : [value]).map(textOf)] as const,
  )
  return { dn, values: new Map(values) }
}

async function searchAll(client: Client, query: LdapQuery, settings: ConnectionSettings): Promise<LdapEntry[]> {
  const { base, scope, filter, attributes } = query
  const { page, max_entries, search_ms } = settings
  const entries: LdapEntry[] = []
  // No size limit is sent: the library takes a list that was cut at one for whole.
  const options = { scope, filter, attributes: [...attributes], timeLimit: Math.ceil(search_ms / 1000) }
  for await (const found of client.searchPaginated(base, { ...options, paged: { pageSize: page } })) {
    if (found.searchReferences.length > 0)
      throw new DirectoryError(`part of it is on another server, ${printable(found.searchReferences.join(' '))}`)
    // The library ends at an empty page, even where the server would go on behind it.
    if (found.searchEntries.length === 0 && entries.length > 0)
      throw new DirectoryError('the server ended with an empty page, and may have more')
    for (const entry of found.searchEntries) entries.push(entryOf(entry))
    if (entries.length > max_entries) throw new DirectoryError(`there are more than ${max_entries} (max_entries)`)
  }
  return entries
}

/**
 * Connects and logs in. When the signal is aborted the connection ends.
 * @throws DirectoryError saying which server and why; or the signal's reason
 */
export async function openConnection(
  server: LdapServer,
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<LdapConnection> {
  const sockets: Socket[] = []
  const destroy = (): void => {
    for (const socket of sockets) socket.destroy()
    signal.removeEventListener('abort', destroy)
  }
  const keep = (socket: Socket): void => {
    // Whoever waits for it learns by its own means.
    socket.on('error', () => undefined)
    sockets.push(socket)
  }
  const failure = (what: string, error: unknown): unknown =>
    signal.aborted ? signal.reason : new DirectoryError(`${server.url}: ${what}${failureText(error)}`, { cause: error })
  const logIn = async (): Promise<Client> => {
    const socket = await openSocket(server, settings.ca, keep)
    const client = clientOver(socket, server, settings.search_ms)
    if (settings.login !== undefined) await client.bind(settings.login.dn, settings.login.password)
    return client
  }
  signal.addEventListener('abort', destroy, { once: true })
  try {
    const late = (): Error => new Error(`no answer within ${settings.connect_ms} ms`)
    const client = await withDeadline({ milliseconds: settings.connect_ms, signal, late }, logIn)
    return {
      server,
      async search(query) {
        try {
          return await searchAll(client, query, settings)
        } catch (error) {
          throw failure(`search below "${printable(query.base)}": `, error)
        }
      },
      async end() {
        await client.unbind().catch(() => undefined)
        destroy()
      },
      destroy,
    }
  } catch (error) {
    destroy()
    throw failure('', error)
  }
}
