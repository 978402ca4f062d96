import { parseDocument } from 'yaml'
import { homeLimits } from './limits.ts'
import { HomeProblem, quoted } from './problem.ts'

/** Where a certificate or a key is: in a file, its path as written, or in the kubeconfig itself as PEM. */
export type Source = { path: string } | { pem: string }

export interface Sources {
  certificate: Source
  key: Source
}

/**
 * The certificate and key of one user entry of a kubeconfig, and nothing else of it: neither a command to run, nor a token,
 * a server, a proxy or a CA is ever looked at. Data in the file goes before a path, as with kubectl. @throws HomeProblem
 */
export function credentialSources(text: string, user: string): Sources {
  const entry = userEntry(parse(text), user)
  return { certificate: source(entry, 'client-certificate'), key: source(entry, 'client-key') }
}

const wrong = (message: string) => new HomeProblem('wrong', `the kubeconfig ${message}`)

function parse(text: string): unknown {
  try {
    const document = parseDocument(text, { logLevel: 'error', prettyErrors: false })
    if (document.errors.length === 0) return document.toJS({ maxAliasCount: homeLimits.aliases })
  } catch {
    // Aliases and depths beyond what is reasonable end here.
  }
  throw wrong('is not YAML that can be read')
}

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

function userEntry(kubeconfig: unknown, user: string): Fields {
  const users = isFields(kubeconfig) ? kubeconfig['users'] : undefined
  const named = Array.isArray(users) ? users.filter(entry => isFields(entry) && entry['name'] === user) : []
  if (named.length > 1) throw wrong(`has more than one user entry ${quoted(user)}`)
  const entry: unknown = named[0]?.user
  if (!isFields(entry)) throw wrong(`has no user entry ${quoted(user)}`)
  return entry
}

function source(entry: Fields, name: 'client-certificate' | 'client-key'): Source {
  const data = text(entry, `${name}-data`)
  if (data !== undefined) return { pem: pemOf(data) }
  const path = text(entry, name)
  if (path !== undefined) return { path }
  throw wrong(`names no ${name} for the tool; tokens and commands are not taken`)
}

function text(entry: Fields, name: string): string | undefined {
  const value = entry[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw wrong(`has a ${name} that is not a text`)
  return value
}

/** Base64 as kubectl writes it, or plain PEM as some tools do. */
function pemOf(data: string): string {
  if (data.length > homeLimits.credentialBytes) throw wrong('holds more data than a certificate or a key needs')
  return data.trimStart().startsWith('-----BEGIN ') ? data : Buffer.from(data, 'base64').toString('latin1')
}
