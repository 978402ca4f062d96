import type { IncomingHttpHeaders } from 'node:http'
import { createSecureServer, type Http2ServerRequest, type ServerHttp2Session } from 'node:http2'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import type { KeyPair } from '../../src/pki/authority.ts'

/** What is answered instead of the control plane; undefined lets a call through. */
export type Instead = (method: string, path: string) => { status: number; body: unknown } | 'hang' | undefined

export interface Between {
  url: string
  instead: Instead
}

/** The headers without those of one connection only. */
const onward = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(:.*|connection|keep-alive|transfer-encoding|host)$/.test(name)),
  )

const toolOf = ({ stream }: Http2ServerRequest): string => {
  const { socket } = stream.session ?? {}
  return String((socket as TLSSocket | undefined)?.getPeerX509Certificate()?.toLegacyObject().subject.CN)
}

/**
 * Stands between the service and a control plane, and can answer in its place what the embedded one never says: it takes
 * a tool's certificate (or the service's own) in front and shows the same one behind.
 */
export async function startBetween(
  t: Pick<Test, 'teardown'>,
  {
    target,
    ca,
    server: pair,
    keysOf,
  }: { target: string; ca: string; server: KeyPair; keysOf: (tool: string) => KeyPair },
): Promise<Between> {
  const agents = new Map<string, Agent>()
  const agentOf = (tool: string) => {
    const { certificate: cert, key } = keysOf(tool)
    const agent = agents.get(tool) ?? new Agent({ ca, cert, key, keepAlive: true })
    agents.set(tool, agent)
    return agent
  }
  const between: Between = { url: '', instead: () => undefined }
  const options = { ca, cert: pair.certificate, key: pair.key, requestCert: true }
  const server = createSecureServer(options, (asked, answer) => {
    const { method, url } = asked
    const own = between.instead(method, url)
    if (own === 'hang') return
    if (own !== undefined) {
      asked.resume()
      answer.writeHead(own.status, { 'content-type': 'application/json' })
      answer.end(JSON.stringify(own.body))
      return
    }
    const headers = onward(asked.headers)
    const call = request(new URL(url, target), { method, headers, agent: agentOf(toolOf(asked)) }, reply => {
      answer.writeHead(reply.statusCode ?? 502, onward(reply.headers))
      reply.pipe(answer)
    })
    call.on('error', () => answer.stream.close())
    answer.on('close', () => call.destroy())
    asked.pipe(call)
  })
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', session => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    for (const agent of agents.values()) agent.destroy()
    for (const session of sessions) session.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  between.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return between
}
