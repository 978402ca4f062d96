import type { PassReport } from '../kubeusers/engine.ts'
import type { Clock } from '../platform/clock.ts'

/** How long the first pass may take, in milliseconds: an old laptop needs a few hundred. */
const patience = 30_000

/** What the first pass came to. @throws Error when there is none in time: the log then says why */
export async function firstPass(ready: Promise<PassReport>, clock: Clock): Promise<PassReport> {
  const late = new AbortController()
  const never = clock.sleep(patience, late.signal).then(() => {
    throw new Error(`kubeusers has not made the tools within ${patience / 1000} s; --verbose shows what it does`)
  })
  try {
    return await Promise.race([ready, never])
  } finally {
    late.abort()
    never.catch(() => {})
  }
}

/** Tools that cannot be used, and entries that are none, in sentences. */
export function remarksOnTools({ failed, plan, reading }: PassReport): string[] {
  return [
    ...failed.map(({ tool, reason }) => `the tool ${tool} could not be made, it is tried again: ${reason}`),
    ...plan.tools.flatMap(({ tool, remarks }) => remarks.map(remark => `the tool ${tool}: ${remark}`)),
    ...reading.listed.skipped.map(({ name, reason }) => `the account ${name} is none: ${reason}`),
  ]
}
