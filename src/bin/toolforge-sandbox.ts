import { join } from 'node:path'
import { sandboxCommand } from '../local/command.ts'
import { startPlatform } from '../local/start.ts'
import { systemClock } from '../platform/clock.ts'

const checkout = join(import.meta.dirname, '../..')

await sandboxCommand(checkout, async options => {
  process.exitCode = await startPlatform(options, {
    checkout,
    folder: process.cwd(),
    pid: process.pid,
    clock: systemClock,
    stdout: process.stdout,
    stderr: process.stderr,
    uptime: () => performance.now(),
    onExit: last => process.once('exit', last),
  })
}).parseAsync()
