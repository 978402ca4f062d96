import { join } from 'node:path'
import { sandboxCommand } from '../local/command.ts'
import { createToolCommands } from '../local/tool-command.ts'
import { systemClock } from '../platform/clock.ts'

const { stdout, stderr } = process
const world = { folder: process.cwd(), clock: systemClock, stdout, stderr }

await sandboxCommand(join(import.meta.dirname, '../..'), {
  async start(options) {
    // Not before: it takes the code of the whole platform, and other commands need none of it.
    const { startPlatform } = await import('../local/start.ts')
    process.exitCode = await startPlatform(options, {
      ...{ ...world, pid: process.pid, uptime: () => performance.now() },
      onExit: last => process.once('exit', last),
    })
  },
  async tools(options, use) {
    process.exitCode = await use(createToolCommands(options, world))
  },
}).parseAsync()
