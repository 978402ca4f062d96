import { exitCodes } from '../failure.ts'
import { jobName } from '../names.ts'
import type { Session } from '../session.ts'

/** `restart`: one job; what that means depends on its type, and the service says it. */
export async function restart({ tool, client, output, world }: Session, job: string): Promise<number> {
  const params = { tool, name: jobName(job) }
  const { messages } = await client.call('restartJob', { params }, world.signal)
  if (!output.messages(messages)) output.hint(`Restarted the job ${params.name}.`)
  return exitCodes.done
}
