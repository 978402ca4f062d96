import { exitCodes } from '../failure.ts'
import { jobName } from '../names.ts'
import { jobDetails } from '../render.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'

/** `show`: one job. */
export async function show({ tool, client, output, world }: Session, job: string, format: string): Promise<number> {
  const params = { tool, name: jobName(job) }
  const reply = await client.call('showJob', { params }, world.signal)
  const { job: value, messages } = reply
  await showData(output, format, { messages, value, lines: () => jobDetails(value, output) })
  return exitCodes.done
}
