import { type Client, createClient, type Send, type WireReply } from '../../src/contract/client.ts'
import type { RawClient } from './raw-client.ts'

/** The contract's typed client over the connection of a raw one. */
export function contractClient(raw: RawClient): Client {
  const send: Send = async ({ method, path, body }): Promise<WireReply> => {
    if (method === 'GET' && /\/(logs(_stream)?|events)(\?|$)/.test(path)) {
      const { status, lines, close } = await raw.stream(path)
      const text = async () => await textOf(lines)
      return { status, text, lines: () => closing(lines, close) }
    }
    const { status, text } = await raw.call(method, path, body === undefined ? {} : { body })
    return { status, text: async () => text, lines: () => closing(text.split('\n'), () => undefined) }
  }
  return createClient(send)
}

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const line of lines) text += `${line}\n`
  return text
}

/** Ends the stream when nobody reads on. */
async function* closing(lines: AsyncIterable<string> | Iterable<string>, close: () => void): AsyncGenerator<string> {
  try {
    yield* lines
  } finally {
    close()
  }
}
