import type { Messages } from '../contract/schemas.ts'
import type { Output } from './output.ts'
import { isStructured, structured } from './structured.ts'

/** An answer as the user wants it: the service's messages, and lines for people or the data itself for programs. */
export interface Answer {
  readonly messages: Partial<Messages> | undefined
  readonly value: unknown
  lines(): readonly string[]
}

/** Resolves with whether the service had something to say. */
export async function showData(output: Output, format: string, { messages, value, lines }: Answer): Promise<boolean> {
  const said = output.messages(messages, isStructured(format) ? 'structured' : 'plain')
  const text = isStructured(format) ? await structured(format, value) : lines().join('\n')
  if (text !== '') output.data(text)
  return said
}
