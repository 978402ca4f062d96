import { DomainError } from '../../contract/errors.ts'
import { namespaceOf } from '../../contract/limits.ts'
import type { ToolCredentials } from '../../homes/homes.ts'
import { uidAnnotation } from '../../jobs/labels.ts'
import type { Clock } from '../../platform/clock.ts'
import type { ToolAccess } from './deps.ts'

/** Milliseconds for which a namespace's word is good, and how many are kept in memory. */
const fresh = 60_000
const mostKept = 10_000

/** Whether a tool's home and its namespace agree on whose they are. */
export interface Accounts {
  /** @throws DomainError not_allowed when they do not: a job would run as somebody else. */
  check(access: ToolAccess, signal: AbortSignal): Promise<void>
}

export function createAccounts({ clock }: { clock: Clock }): Accounts {
  const known = new Map<string, { uid: string | undefined; until: number }>()

  async function uidOf({ cluster, credentials: { tool } }: ToolAccess, signal: AbortSignal) {
    const entry = known.get(tool)
    if (entry !== undefined && clock.now() < entry.until) return entry.uid
    const namespace = await cluster.get('namespaces', namespaceOf(tool), { signal })
    const uid = namespace?.metadata?.annotations?.[uidAnnotation]
    known.delete(tool)
    known.set(tool, { uid, until: clock.now() + fresh })
    const [oldest] = known.keys()
    if (known.size > mostKept && oldest !== undefined) known.delete(oldest)
    return uid
  }

  return {
    async check(access, signal) {
      const uid = await uidOf(access, signal)
      if (uid === String(access.credentials.uid)) return
      known.delete(access.credentials.tool)
      throw refusal(access.credentials, uid)
    },
  }
}

function refusal({ tool, uid }: ToolCredentials, expected: string | undefined): DomainError {
  const what =
    expected === undefined
      ? 'its namespace does not say which user it is'
      : `its home belongs to user ${uid}, and its namespace to user ${expected.replace(/\D/g, '').slice(0, 20)}`
  return new DomainError(
    'not_allowed',
    `Tool ${tool} cannot run jobs: ${what}. Ask an administrator to put that right.`,
  )
}
