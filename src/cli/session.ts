import { type Client, createClient } from '../contract/client.ts'
import { version } from '../platform/version.ts'
import { createOutput, type Output } from './output.ts'
import { findTarget } from './target.ts'
import { createTransport } from './transport.ts'
import type { World } from './world.ts'

/** A command at work: who asks, whom, and where the answer goes. */
export interface Session {
  readonly tool: string
  readonly client: Client
  readonly output: Output
  readonly world: World
}

/** A command: resolves with the exit code. */
export type Work = (session: Session) => Promise<number>

/** Runs a command against the configured service, and closes the connection behind it. @throws CliError, ApiError */
export async function withSession(world: World, debug: boolean, work: Work): Promise<number> {
  const output = createOutput(world, debug)
  const target = await findTarget(world)
  for (const source of target.sources) output.debug(source)
  const { tool } = target.identity
  output.debug(`tool ${tool} at ${target.url}, checked with ${target.caSource}`)
  const userAgent = `tool-${tool}@${world.hostname}:toolforge-jobs/${version}`
  const transport = createTransport(target, { clock: world.clock, debug: output.debug, userAgent })
  try {
    return await work({ tool, client: createClient(transport.send), output, world })
  } finally {
    transport.close()
  }
}
