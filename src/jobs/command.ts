/** What a container runs. */
export interface ContainerCommand {
  readonly command: string[]
  readonly args?: string[]
}

/** The files that take a job's output, absolute paths. */
export interface LogFiles {
  readonly stdout: string
  readonly stderr: string
}

/**
 * The paths and the command come as arguments and never stand in the script's text; `exec` makes the user's command the
 * very process that gets SIGTERM.
 */
const toFiles = 'exec >>"$1" 2>>"$2"; exec /bin/sh -c -- "$3"'

/** The command of a container whose image has a shell; with `files` its output is appended to them. */
export function shellCommand(cmd: string, files?: LogFiles): ContainerCommand {
  const shell = ['/bin/sh', '-c', '--']
  if (files === undefined) return { command: [...shell, literal(cmd)] }
  return { command: [...shell, literal(toFiles), 'sh'], args: [files.stdout, files.stderr, cmd].map(literal) }
}

/** The user's command and files within such a container's; undefined when it was not made by `shellCommand`. */
export function parseShellCommand({
  command = [],
  args = [],
}: {
  command?: string[]
  args?: string[]
}): { cmd: string; files?: LogFiles } | undefined {
  const [shell, flag, end, script, ...rest] = [...command, ...args].map(expanded)
  if (shell !== '/bin/sh' || flag !== '-c' || end !== '--' || script === undefined) return undefined
  if (rest.length === 0) return { cmd: script }
  const [, stdout, stderr, cmd] = rest
  if (script !== toFiles || stdout === undefined || stderr === undefined || cmd === undefined) return undefined
  return { cmd, files: { stdout, stderr } }
}

/** Kubernetes reads `$(NAME)` and `$$` in commands and arguments as its own; doubled, every `$` stays one. */
const literal = (text: string): string => text.replaceAll('$', '$$$$')

const expanded = (text: string): string => text.replaceAll('$$', '$')
