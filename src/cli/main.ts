import { CommanderError } from 'commander'
import { version } from '../platform/version.ts'
import { exitCodes } from './failure.ts'
import { type Request, UsageError } from './jobs-command.ts'
import { programName } from './names.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'
import { report } from './report.ts'
import type { World } from './world.ts'

/** `toolforge-jobs`: does what the arguments say, and resolves with the exit code. */
export async function main(world: World): Promise<number> {
  const request = parsed(world)
  if (typeof request === 'number') return request
  if ('alone' in request) return request.alone(world)
  const debug = request.debug || world.environment['TOOLFORGE_DEBUG'] === '1'
  try {
    // The network is loaded after the arguments were found right: --help does without.
    const { withSession } = await import('./session.ts')
    return await withSession(world, debug, request.work)
  } catch (error) {
    return report(world.signal.aborted ? world.signal.reason : error, createOutput(world, debug))
  }
}

/** What the arguments ask for, or the exit code when all is said with a text. */
function parsed({ args, environment, stdout, stderr }: World): Request | number {
  const asked: Request[] = []
  const program = createProgram({
    name: programName(environment),
    version,
    width: stdout.columns ?? 80,
    write: text => void stdout.write(text),
    writeError: text => void stderr.write(text),
    run: request => asked.push(request),
  })
  try {
    program.parse([...args], { from: 'user' })
    return asked[0] ?? exitCodes.done
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (!(error instanceof UsageError)) throw error
    stderr.write(`${error.usage}\n${error.message}\n`)
    return exitCodes.usage
  }
}
