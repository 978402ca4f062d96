import type { JobAsSent } from '../../contract/schemas.ts'
import { CliError, exitCodes } from '../failure.ts'
import { jobName, programName } from '../names.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'

export interface RunOptions {
  readonly command?: string
  readonly image: string
  readonly filelog?: boolean
  readonly filelogStdout?: string
  readonly filelogStderr?: string
  readonly retry?: number
  readonly mem?: string
  readonly cpu?: string
  readonly emails?: NonNullable<JobAsSent['emails']>
  readonly mount?: NonNullable<JobAsSent['mount']>
  /** Seconds. */
  readonly wait?: number
  readonly output: 'normal' | 'json' | 'yaml'
}

/** What no service would take is refused here. @throws CliError */
function checked(name: string | undefined, { command, filelog, mount }: RunOptions): { name: string; cmd: string } {
  if (command === undefined) throw new CliError('the following arguments are required: --command')
  if (name === undefined) throw new CliError('the following arguments are required: name')
  if (command.trim() === '') throw new CliError('--command: say what to run')
  if (filelog === true && mount === 'none') throw new CliError('Specifying --filelog requires --mount=all')
  return { name: jobName(name), cmd: command }
}

/** What is sent: only what the user said. @throws CliError */
export function jobFrom(given: string | undefined, options: RunOptions): JobAsSent {
  const { name, cmd } = checked(given, options)
  const { image, mem, cpu, emails, mount, retry, filelog, filelogStdout, filelogStderr } = options
  return {
    name,
    imagename: image,
    cmd,
    job_type: 'one-off',
    ...(filelog === undefined ? {} : { filelog }),
    ...(filelogStdout === undefined ? {} : { filelog_stdout: filelogStdout }),
    ...(filelogStderr === undefined ? {} : { filelog_stderr: filelogStderr }),
    ...(mem === undefined ? {} : { memory: mem }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(emails === undefined ? {} : { emails }),
    ...(mount === undefined ? {} : { mount }),
    ...(retry === undefined ? {} : { retry }),
  }
}

/** `run`: a new job, and with `--wait` its end. */
export async function run(session: Session, name: string | undefined, options: RunOptions): Promise<number> {
  const { tool, client, output, world } = session
  const body = jobFrom(name, options)
  const { job, messages } = await client.call('createJob', { params: { tool }, body }, world.signal)
  if (options.wait !== undefined) {
    output.messages(messages, options.output === 'normal' ? 'plain' : 'structured')
    const { waitAndTell } = await import('../wait-and-tell.ts')
    return waitAndTell(session, { name: body.name, seconds: options.wait, format: options.output })
  }
  const said = await showData(output, options.output, { messages, value: job, lines: () => [] })
  if (!said && options.output === 'normal')
    output.hint(`Created the job ${body.name}. See how it goes: ${programName(world.environment)} show ${body.name}`)
  return exitCodes.done
}
