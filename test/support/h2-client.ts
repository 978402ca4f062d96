import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { Client, type Dispatcher } from 'undici'
import type { ClientKeys, Endpoint } from './raw-client.ts'

/** A reply that has come whole. */
export interface H2Reply {
  status: number
  headers: Dispatcher.ResponseData['headers']
  /** Read as JSON. */
  body: unknown
}

/** A watch that has begun: its lines as they come, and how it ended. */
export interface H2Watch {
  status: number
  lines: unknown[]
  /** Resolves with the error that ended it, or with undefined after a good end. */
  ended: Promise<unknown>
}

/** undici over HTTP/2, as our services have it, on one connection at a time. */
export function createH2Client(
  t: Test,
  { url, ca }: Endpoint,
  { keys, options = {} }: { keys: ClientKeys; options?: Client.Options },
) {
  const client = new Client(url, {
    allowH2: true,
    pipelining: 100,
    bodyTimeout: 0,
    headersTimeout: 20_000,
    connect: { ca, cert: keys.certificate, key: keys.key },
    ...options,
  })
  t.teardown(() => client.destroy())
  const send = (method: Dispatcher.HttpMethod, path: string, body?: object): Promise<Dispatcher.ResponseData> =>
    client.request({
      method,
      path,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
  return {
    client,
    async call(method: Dispatcher.HttpMethod, path: string, body?: object): Promise<H2Reply> {
      const { statusCode, headers, body: content } = await send(method, path, body)
      const text = await content.text()
      return { status: statusCode, headers, body: JSON.parse(text) }
    },
    async watch(path: string): Promise<H2Watch> {
      const { statusCode, body } = await send('GET', path)
      const lines: unknown[] = []
      const failed = new Promise<unknown>(resolve => body.once('error', resolve))
      const read = async (): Promise<undefined> => {
        for await (const line of createInterface({ input: body })) lines.push(JSON.parse(line))
        return body.errored === null ? undefined : new Promise(() => {})
      }
      return { status: statusCode, lines, ended: Promise.race([failed, read().catch(error => error)]) }
    },
  }
}

export type H2Client = ReturnType<typeof createH2Client>
