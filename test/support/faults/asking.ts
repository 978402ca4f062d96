import type { ErrorCode } from '../../../src/contract/errors.ts'
import { errorStatus } from '../../../src/contract/errors.ts'
import { at } from '../json.ts'
import type { RawClient } from '../raw-client.ts'

/** An answer of the service: done, or refused with a code of its closed table. */
export interface Answer {
  readonly status: number
  /** Undefined when it is done. */
  readonly code: ErrorCode | undefined
  readonly body: unknown
}

export interface Asking {
  ask(method: string, path: string, body?: object): Promise<Answer>
  /** What was wrong with answers, in sentences. */
  readonly wrong: string[]
  /** How many answers there were: done, and refused by code. */
  readonly counts: Map<string, number>
  /** Milliseconds that the slowest took. */
  slowest: number
  /** The last call, and what was answered. */
  last: string
}

/** Codes that say that something is wrong with the cluster, with which any call may be answered under a fault. */
const faultCodes: readonly ErrorCode[] = ['unavailable', 'not_allowed', 'conflict']
export const isOfFault = ({ code }: Answer): boolean => code !== undefined && faultCodes.includes(code)

/** Calls whose answers are looked at: none too late, none without a code of the table, none that is a bug. */
export function createAsking(raw: RawClient, { limitMs, tool }: { limitMs: number; tool: string }): Asking {
  const asking: Asking = {
    wrong: [],
    counts: new Map(),
    slowest: 0,
    last: '',
    async ask(method, path, body) {
      const began = performance.now()
      const what = `${method} ${path}`
      const reply = await raw
        .call(method, `/jobs/v1/tool/${tool}${path}`, body === undefined ? {} : { body })
        .catch((error: Error) => {
          asking.wrong.push(`${what}: no answer (${error.message})`)
          return { status: 0, body: undefined, text: '' }
        })
      const took = performance.now() - began
      asking.slowest = Math.max(asking.slowest, took)
      if (took > limitMs) asking.wrong.push(`${what}: answered after ${Math.round(took)} ms`)
      const { status } = reply
      asking.last = `${what}: ${status} ${reply.text.slice(0, 300)}`
      const code = refusalOf(reply)
      if (code === 'internal' || (code !== undefined && errorStatus[code] !== status))
        asking.wrong.push(`${what}: ${status} ${reply.text.slice(0, 300)}`)
      const counted = code ?? 'done'
      asking.counts.set(counted, (asking.counts.get(counted) ?? 0) + 1)
      return { status, code, body: reply.body }
    },
  }
  return asking
}

const isCode = (text: unknown): text is ErrorCode => typeof text === 'string' && Object.hasOwn(errorStatus, text)

const refusalOf = ({ status, body }: { status: number; body: unknown }): ErrorCode | undefined =>
  status === 200 || status === 201 ? undefined : codeOf(body)

/** What is no refusal of the service counts as `internal`, which none may be. */
function codeOf(body: unknown): ErrorCode {
  const code = at(body, 'code')
  return isCode(code) ? code : 'internal'
}
