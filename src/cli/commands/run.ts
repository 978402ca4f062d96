import type { Job } from '../../contract/schemas.ts'
import { exitCodes } from '../failure.ts'
import { jobFrom } from '../job-from.ts'
import type { JobOptions } from '../job-options.ts'
import { programName } from '../names.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'

export interface RunOptions extends JobOptions {
  readonly output: 'normal' | 'json' | 'yaml'
}

/** `run`: a new job, and with `--wait` its end. */
export async function run(session: Session, name: string | undefined, options: RunOptions): Promise<number> {
  const { tool, client, output, world } = session
  const body = jobFrom(name, options)
  const { job, messages } = await client.call('createJob', { params: { tool }, body }, world.signal)
  if (options.wait !== undefined) {
    output.messages(messages, options.output === 'normal' ? 'plain' : 'structured')
    const { waitAndTell } = await import('../wait-and-tell.ts')
    return waitAndTell(session, { name: body.name, seconds: options.wait, format: options.output })
  }
  const said = await showData(output, options.output, { messages, value: job, lines: () => [] })
  if (!said && options.output === 'normal') {
    output.hint(`Created the job ${body.name}. See how it goes: ${programName(world.environment)} show ${body.name}`)
    for (const line of nextRuns(job)) output.hint(line)
  }
  return exitCodes.done
}

/** When a scheduled job will run; nothing for other jobs. */
function nextRuns(job: Job | undefined): string[] {
  const runs = job?.status?.next_runs ?? []
  return runs.length === 0 ? [] : [`It runs next: ${runs.join(', ')}`]
}
