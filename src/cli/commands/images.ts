import { exitCodes } from '../failure.ts'
import { imageTable } from '../render.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'

/** `images`: what jobs can run in. */
export async function images({ tool, client, output, world }: Session, format: string): Promise<number> {
  const { images, messages } = await client.call('listImages', { params: { tool } }, world.signal)
  await showData(output, format, { messages, value: images, lines: () => imageTable(images, output) })
  return exitCodes.done
}
