import { exitCodes } from '../failure.ts'
import { jobTable } from '../render.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'
import { visible } from '../text.ts'

export interface ListOptions {
  readonly output: 'normal' | 'long' | 'name' | 'json' | 'yaml'
  readonly long?: boolean
}

/** `list`: all jobs of the tool, in the service's order. */
export async function list({ tool, client, output, world }: Session, options: ListOptions): Promise<number> {
  if (options.long === true) output.warning('the `--long` flag is deprecated, use `--output long` instead')
  const format = options.long === true ? 'long' : options.output
  const { jobs, messages } = await client.call('listJobs', { params: { tool } }, world.signal)
  const kind = format === 'long' ? 'long' : 'normal'
  const lines = () => (format === 'name' ? jobs.map(job => visible(job.name)) : jobTable(jobs, kind, output))
  await showData(output, format, { messages, value: jobs, lines })
  if (jobs.length === 0) output.hint(`The tool ${tool} has no jobs.`)
  return exitCodes.done
}
