import { agreed, canAsk, counted } from '../ask.ts'
import { exitCodes } from '../failure.ts'
import type { Session } from '../session.ts'
import { visible } from '../text.ts'

/**
 * `flush`: all jobs. Asks where somebody can answer, a terminal on both sides; scripts go on without, as they always did.
 */
export async function flush(session: Session, yes: boolean): Promise<number> {
  const { tool, client, output, world } = session
  if (!yes && canAsk(world) && !(await allMayGo(session))) {
    output.info('Nothing was deleted.')
    return exitCodes.refused
  }
  const { messages } = await client.call('flushJobs', { params: { tool } }, world.signal)
  if (!output.messages(messages)) output.hint('Deleted all jobs.')
  return exitCodes.done
}

async function allMayGo({ tool, client, world }: Session): Promise<boolean> {
  const { jobs } = await client.call('listJobs', { params: { tool } }, world.signal)
  const which = jobs.length === 0 ? 'there seem to be none' : counted(jobs.map(job => visible(job.name)))
  return agreed(world, `Delete all jobs of the tool ${tool} (${which})?`)
}
