import { setTimeout as delay } from 'node:timers/promises'
import type { JobEvent } from '../../../src/contract/schemas.ts'
import { at } from '../json.ts'
import type { RawClient } from '../raw-client.ts'
import { absent, type State, stateOf } from './model.ts'

/** One who follows a tool's events, and begins again when they end. */
export interface Listener {
  /** As the events say. */
  stateOf(name: string): State
  /** What was told wrongly, in sentences. */
  readonly wrong: string[]
  /** How often it began. */
  readonly begun: number
  stop(): Promise<void>
}

const againMs = 200

/** What of a job does not change by the mere passing of time. */
function textOf(job: object): string {
  const status = at(job, 'status')
  const {
    duration: _,
    next_runs: __,
    ...rest
  } = typeof status === 'object' && status !== null
    ? { ...status, duration: 0, next_runs: 0 }
    : { duration: 0, next_runs: 0 }
  const { status_long: ___, ...others } = { status_long: '', ...job }
  return JSON.stringify({ ...others, status: rest })
}

export function listen(raw: RawClient, tool: string): Listener {
  const wrong: string[] = []
  let told = new Map<string, object>()
  let begun = 0
  let close: (() => void) | undefined
  let isStopped = false

  function take(event: JobEvent): void {
    if (event.type === 'gone') {
      if (!told.delete(event.name)) wrong.push(`events: ${event.name} is gone, which was not there`)
      return
    }
    const before = told.get(event.job.name)
    if (before !== undefined && textOf(before) === textOf(event.job))
      wrong.push(`events: ${event.job.name} is told twice`)
    told.set(event.job.name, event.job)
  }

  async function follow(): Promise<void> {
    const stream = await raw.stream(`/jobs/v1/tool/${tool}/events`)
    close = stream.close
    if (isStopped) stream.close()
    begun++
    if (stream.status !== 200) return stream.close()
    told = new Map()
    for await (const line of stream.lines) if (line.startsWith('data:')) take(JSON.parse(line.slice('data:'.length)))
  }

  async function go(): Promise<void> {
    while (!isStopped) {
      // It may be refused, or cut off at any time.
      await follow().catch(() => undefined)
      if (!isStopped) await delay(againMs)
    }
  }
  const done = go()

  return {
    wrong,
    get begun() {
      return begun
    },
    stateOf: name => {
      const job = told.get(name)
      return job === undefined ? absent : stateOf(job)
    },
    async stop() {
      isStopped = true
      close?.()
      await done
    },
  }
}
