import { exitCodes } from '../failure.ts'
import { quotaTables } from '../render.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'

/** `quota`: what the tool may use, and what it uses. */
export async function quota({ tool, client, output, world }: Session, format: string): Promise<number> {
  const { quota, messages } = await client.call('showQuota', { params: { tool } }, world.signal)
  await showData(output, format, { messages, value: quota, lines: () => quotaTables(quota.categories, output) })
  return exitCodes.done
}
