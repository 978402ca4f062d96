import { exitCodes } from '../failure.ts'
import { jobName } from '../names.ts'
import type { Session } from '../session.ts'

/** `delete`: one job. */
export async function deleteJob({ tool, client, output, world }: Session, job: string): Promise<number> {
  const params = { tool, name: jobName(job) }
  const { messages } = await client.call('deleteJob', { params }, world.signal)
  if (!output.messages(messages)) output.hint(`Deleted the job ${params.name}.`)
  return exitCodes.done
}
