import type { FastifyReply } from 'fastify'

const texts = new WeakMap<object, Buffer>()

/**
 * Sends a reply as JSON, written by the schema of its route. A handler that gives the same object again (a list that has not
 * changed) spends nothing on it: the bytes of the first time are sent.
 */
export function sendOnce(reply: FastifyReply, value: unknown): FastifyReply {
  if (typeof value !== 'object' || value === null) return reply.send(value)
  const known = texts.get(value) ?? Buffer.from(String(reply.serialize(value)))
  texts.set(value, known)
  return reply.type('application/json; charset=utf-8').send(known)
}
