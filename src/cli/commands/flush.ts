import { exitCodes } from '../failure.ts'
import type { Session } from '../session.ts'
import { visible } from '../text.ts'
import type { World } from '../world.ts'

const namedAtMost = 5

/**
 * `flush`: all jobs. Asks where somebody can answer, a terminal on both sides; scripts go on without, as they always did.
 */
export async function flush(session: Session, yes: boolean): Promise<number> {
  const { tool, client, output, world } = session
  if (!yes && world.stdin.isTTY === true && world.stderr.isTTY === true && !(await agreed(session))) {
    output.info('Nothing was deleted.')
    return exitCodes.refused
  }
  const { messages } = await client.call('flushJobs', { params: { tool } }, world.signal)
  if (!output.messages(messages)) output.hint('Deleted all jobs.')
  return exitCodes.done
}

async function agreed(session: Session): Promise<boolean> {
  const { tool, client, world } = session
  const { jobs } = await client.call('listJobs', { params: { tool } }, world.signal)
  const names = jobs.slice(0, namedAtMost).map(job => visible(job.name))
  const more = jobs.length > namedAtMost ? `, and ${jobs.length - namedAtMost} more` : ''
  const which = jobs.length === 0 ? 'there seem to be none' : `${jobs.length}: ${names.join(', ')}${more}`
  world.stderr.write(`Delete all jobs of the tool ${tool} (${which})? [y/N] `)
  return /^y(es)?$/i.test((await lineFrom(world)).trim())
}

/** What is typed, empty when the input ends. */
async function lineFrom({ stdin, stderr, signal }: World): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const reader = createInterface({ input: stdin })
  const ended = Promise.withResolvers<string>()
  const noAnswer = () => {
    stderr.write('\n')
    ended.resolve('')
  }
  reader.once('close', noAnswer)
  try {
    return await Promise.race([reader.question('', { signal }), ended.promise])
  } finally {
    if (!signal.aborted) reader.off('close', noAnswer)
    reader.close()
  }
}
