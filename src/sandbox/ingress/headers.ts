import type { IncomingMessage } from 'node:http'

// Headers for the next hop, as they came: pairs of names and values, one after the other.

/** What is said to the next one on the way only. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What only the proxy knows: a client's own word for it counts nothing. */
const forwarded = new Set([
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  // The body is sent without being asked for.
  'expect',
])

const pairsOf = (raw: readonly string[]): [string, string][] =>
  Array.from({ length: raw.length / 2 }, (_, i): [string, string] => [raw[2 * i] ?? '', raw[2 * i + 1] ?? ''])

function withoutHop(message: IncomingMessage): [string, string][] {
  const named = (message.headers.connection ?? '').split(',').map(name => name.trim().toLowerCase())
  return pairsOf(message.rawHeaders).filter(([name]) => {
    const lower = name.toLowerCase()
    return !hopByHop.has(lower) && !named.includes(lower)
  })
}

const upgradeOf = ({ headers }: IncomingMessage): [string, string][] =>
  headers.upgrade === undefined
    ? []
    : [
        ['Connection', 'Upgrade'],
        ['Upgrade', headers.upgrade],
      ]

/** For the program: what the client sent, and who it is. `upgrade`: whether it wants another protocol. */
export function requestHeaders(request: IncomingMessage, { upgrade }: { upgrade: boolean }): string[] {
  const { remoteAddress = '', localPort = 80 } = request.socket
  const kept = withoutHop(request).filter(([name]) => !forwarded.has(name.toLowerCase()))
  const added: [string, string][] = [
    ['X-Forwarded-For', remoteAddress],
    ['X-Forwarded-Host', request.headers.host ?? ''],
    ['X-Forwarded-Port', String(localPort)],
    ['X-Forwarded-Proto', 'http'],
    ['X-Real-IP', remoteAddress],
  ]
  // A body whose length is not said comes in chunks, also to the next one.
  const chunked: [string, string][] =
    request.headers['transfer-encoding'] === undefined ? [] : [['Transfer-Encoding', 'chunked']]
  return [...kept, ...chunked, ...added, ...(upgrade ? upgradeOf(request) : [['Connection', 'close']])].flat()
}

/** For the client: what the program answered. */
export const responseHeaders = (response: IncomingMessage): string[] => withoutHop(response).flat()

/** Head of an answer to be written to a bare socket. */
export function responseHead(response: IncomingMessage, { upgraded }: { upgraded: boolean }): string {
  const { statusCode, statusMessage } = response
  const end: [string, string][] = upgraded ? upgradeOf(response) : [['Connection', 'close']]
  const lines = [...withoutHop(response), ...end].map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines, '', ''].join('\r\n')
}
