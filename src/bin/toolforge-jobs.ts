import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import { Stopped } from '../cli/failure.ts'
import { main } from '../cli/main.ts'
import { systemClock } from '../platform/clock.ts'

const stop = new AbortController()
process.once('SIGINT', () => {
  process.once('SIGINT', () => process.exit(130))
  stop.abort(new Stopped(130))
})
// Nobody reads any more (`logs NAME | head`): that is no failure.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort(new Stopped(0)))

process.exitCode = await main({
  ...{ args: process.argv.slice(2), environment: process.env, home: homedir(), hostname: hostname() },
  checkout: join(import.meta.dirname, '../..'),
  // Asking for it opens it.
  get stdin() {
    return process.stdin
  },
  ...{ stdout: process.stdout, stderr: process.stderr, clock: systemClock, signal: stop.signal },
})
