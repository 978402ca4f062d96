import { exitCodes } from '../failure.ts'
import { jobName } from '../names.ts'
import { explanationLines } from '../render-explanation.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'

/** `why`: from the job to the first cause, and what mends it. */
export async function why({ tool, client, output, world }: Session, job: string, format: string): Promise<number> {
  const params = { tool, name: jobName(job) }
  const { explanation, messages } = await client.call('explainJob', { params }, world.signal)
  const lines = () => explanationLines(explanation, output)
  await showData(output, format, { messages, value: explanation, lines })
  return exitCodes.done
}
