import type { RawClient, Reply } from '../support/raw-client.ts'

/** The reply of a call that must succeed. @throws Error with what was answered instead */
export async function ask(client: RawClient, ...call: Parameters<RawClient['call']>): Promise<Reply> {
  const reply = await client.call(...call)
  if (reply.status >= 300) throw new Error(`${call[0]} ${call[1]}: ${reply.status} ${reply.text}`)
  return reply
}
