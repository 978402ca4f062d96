import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { parse } from 'yaml'
import { messageOf } from '../platform/message-of.ts'
import type { Identity } from './transport.ts'

/** What of an operator's own kubeconfig is understood; the rest of it is let be. */
const Cluster = Type.Object({
  server: Type.String(),
  'certificate-authority': Type.Optional(Type.String()),
  'certificate-authority-data': Type.Optional(Type.String()),
})
const User = Type.Object({
  'client-certificate': Type.Optional(Type.String()),
  'client-certificate-data': Type.Optional(Type.String()),
  'client-key': Type.Optional(Type.String()),
  'client-key-data': Type.Optional(Type.String()),
  token: Type.Optional(Type.String()),
  tokenFile: Type.Optional(Type.String()),
})
const Config = Type.Object({
  'current-context': Type.String(),
  clusters: Type.Array(Type.Object({ name: Type.String(), cluster: Cluster })),
  contexts: Type.Array(
    Type.Object({ name: Type.String(), context: Type.Object({ cluster: Type.String(), user: Type.String() }) }),
  ),
  users: Type.Array(Type.Object({ name: Type.String(), user: User })),
})
const config = Compile(Config)
type User = Static<typeof User>

export interface OperatorConfig {
  readonly server: string
  /** PEM. */
  readonly ca: string
  readonly identity: Identity
}

function named<T extends { name: string }>(entries: readonly T[], what: string, name: string): T {
  const found = entries.find(entry => entry.name === name)
  if (found === undefined) throw new Error(`it has no ${what} "${name}"`)
  return found
}

/** A file's text beside the kubeconfig, or the data in it. */
function textOf(folder: string, path: string | undefined, data: string | undefined): string | undefined {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8')
  return path === undefined ? undefined : readFileSync(resolve(folder, path), 'utf8')
}

function identityOf(folder: string, user: User): Identity {
  const certificate = textOf(folder, user['client-certificate'], user['client-certificate-data'])
  const key = textOf(folder, user['client-key'], user['client-key-data'])
  if (certificate !== undefined && key !== undefined) return { certificate, key }
  const { token, tokenFile } = user
  if (tokenFile !== undefined) {
    const path = resolve(folder, tokenFile)
    return { token: async () => (await readFile(path, 'utf8')).trim() }
  }
  if (token !== undefined) return { token: () => token }
  throw new Error('its user has neither a certificate with its key nor a token; programs that log in are not run')
}

/**
 * Reads a kubeconfig of an operator: server, CA and credentials of its current context. Never for a tenant's file.
 * @throws Error saying which file, and what is wrong with it
 */
export function readOperatorConfig(file: string): OperatorConfig {
  try {
    const value: unknown = parse(readFileSync(file, 'utf8'))
    if (!config.Check(value)) throw new Error(config.Errors(value)[0]?.message ?? 'it is no kubeconfig')
    const folder = dirname(file)
    const { context } = named(value.contexts, 'context', value['current-context'])
    const { cluster } = named(value.clusters, 'cluster', context.cluster)
    const ca = textOf(folder, cluster['certificate-authority'], cluster['certificate-authority-data'])
    if (ca === undefined) throw new Error('its cluster has no certificate authority')
    const { user } = named(value.users, 'user', context.user)
    return { server: cluster.server, ca, identity: identityOf(folder, user) }
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error)}`, { cause: error })
  }
}
