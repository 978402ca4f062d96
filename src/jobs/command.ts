import type { ImageFacts } from './complete.ts'
import { joinWords, splitWords } from './words.ts'

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

const shell = ['/bin/sh', '-c', '--'] as const

/** Prepares the environment of a build-service image's programs, and starts them. */
const launcher = 'launcher'

/** A program with its arguments, in front of which `exec` may stand: nothing in it can be more than one command. */
const simpleForm = /^[ \t]*([\w./+-]+)(?=[ \t]|$)[^;&|<>()`\n]*$/

/** What a shell does itself, or reads as the beginning of something longer. */
const ownWords: ReadonlySet<string> = new Set(
  `. alias bg bind break builtin caller case cd chdir command compgen complete compopt continue coproc declare dirs disown
  do done echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs
  kill let local logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend
  test then time times trap true type typeset ulimit umask unalias unset until wait while`.split(/\s+/),
)

function isSimple(cmd: string): boolean {
  const word = simpleForm.exec(cmd)?.[1]
  return word !== undefined && !ownWords.has(word)
}

/**
 * A shell that waits for a program keeps SIGTERM to itself (Debian's always waits), and as a container's first process it
 * does not even end. So a simple command takes the shell's place. For all others a second shell runs them: the first hands
 * the signal to all that runs, and the second starts nothing more, waits for what ends in its own time, and ends as that did.
 */
const running = `/bin/sh -c -- 'trap "s=\\$?; wait; exit \\$s" TERM; eval "shift
$1"' sh "$1"`
/** A wait may be cut short by the signal after the end was noticed: asked again, it tells how that was. */
const handingOn = `trap 'trap : TERM; kill -TERM 0' TERM; ${running} &
while :; do
wait $!; s=$?; kill -0 $! 2>/dev/null && continue
wait $!; r=$?; test $r = 127 || s=$r; exit $s
done`
/** The paths and the command come as arguments and never stand in a script's text. */
const toFiles = 'exec >>"$1" 2>>"$2"; shift 2; '
const placing = 'exec /bin/sh -c -- "$1"'

/**
 * The command of a job's container. A standard image's runs in a shell; a build-service image's is started by its launcher
 * and without a shell, or SIGTERM would end there. With `files` output is appended to them, and that takes a shell.
 */
export function commandOf(cmd: string, { kind, files }: { kind: ImageFacts['kind']; files?: LogFiles | undefined }) {
  if (kind === 'standard') return shellCommand(cmd, files)
  return files === undefined ? launchCommand(cmd) : shellCommand(launched(cmd), files)
}

function launched(cmd: string): string {
  return startsWithLauncher(cmd) ? cmd : `${launcher} ${cmd}`
}

const launcherFirst = /^[ \t\n]*launcher(?=[ \t\n]|$)[ \t\n]*/

const startsWithLauncher = (cmd: string): boolean => launcherFirst.test(cmd)

/**
 * A command without a shell, its words as a shell would split them, by a build-service image's launcher.
 * @throws RangeError when it cannot be split.
 */
export function launchCommand(cmd: string): ContainerCommand {
  const words = splitWords(cmd)
  if (words === undefined) throw new RangeError('a command with an open quote cannot be started without a shell')
  return { command: (words[0] === launcher ? words : [launcher, ...words]).map(literal) }
}

/** The command of a container whose image has a shell; with `files` its output is appended to them. */
export function shellCommand(cmd: string, files?: LogFiles): ContainerCommand {
  const simple = isSimple(cmd)
  if (files === undefined && simple) return { command: [...shell, literal(inPlace + cmd)] }
  const script = `${files === undefined ? '' : toFiles}${simple ? placing : handingOn}`
  const paths = files === undefined ? [] : [files.stdout, files.stderr]
  return {
    command: [...shell, literal(script), 'sh'],
    args: [...paths, simple ? inPlace + cmd : cmd].map(literal),
  }
}

const inPlace = 'exec '

/** A command that was simple enough to take the shell's place, as the user wrote it. */
function withoutExec(script: string): string {
  const cmd = script.startsWith(inPlace) ? script.slice(inPlace.length) : ''
  return isSimple(cmd) ? cmd : script
}

/** What a container's command and arguments say. */
export interface ReadCommand {
  readonly cmd: string
  readonly files?: LogFiles
}

interface Words {
  readonly command?: readonly string[] | undefined
  readonly args?: readonly string[] | undefined
}

/** The texts of a list; none where there is no list. */
export const textsOf = (list: readonly string[] | null | undefined): string[] =>
  Array.isArray(list) ? list.filter(text => typeof text === 'string') : []

/** The user's command and files within such a container's; undefined when it was not made by `shellCommand`. */
export function parseShellCommand({ command, args }: Words): ReadCommand | undefined {
  const [program, flag, end, script, ...rest] = [...textsOf(command), ...textsOf(args)].map(expanded)
  if (program !== shell[0] || flag !== shell[1] || end !== shell[2] || script === undefined) return undefined
  const [, ...given] = rest
  const [first, stderr, last] = given
  if (rest.length === 0) return { cmd: withoutExec(script) }
  if (script === handingOn && given.length === 1 && first !== undefined) return { cmd: first }
  if (given.length !== 3 || first === undefined || stderr === undefined || last === undefined) return undefined
  const files = { stdout: first, stderr }
  if (script === toFiles + placing) return { cmd: withoutExec(last), files }
  return script === toFiles + handingOn ? { cmd: last, files } : undefined
}

/**
 * The user's command and files in a container of any job: made here, by the service before this one in any of its forms,
 * or by others; undefined when there is no command.
 */
export function readCommand(container: Words, { kind, former }: CommandMaker): ReadCommand | undefined {
  const words = [...textsOf(container.command), ...textsOf(container.args)]
  if (words.length === 0) return undefined
  const read = parseShellCommand(container) ?? { cmd: joinWords(words.map(expanded)) }
  const found = read.files === undefined && former !== undefined ? readFormer(read.cmd, former) : read
  return kind === 'built' ? { ...found, cmd: withoutLauncher(found.cmd) } : found
}

interface CommandMaker {
  readonly kind: ImageFacts['kind']
  /** The job's name, where the service before this one may have written its files into the command. */
  readonly former?: string | undefined
}

export const withoutLauncher = (cmd: string): string => cmd.replace(launcherFirst, '') || cmd

/** Whether both start the same program with the same arguments in a build-service image. */
export function sameLaunch(a: string, b: string): boolean {
  const [left, right] = [a, b].map(cmd => splitWords(withoutLauncher(cmd)))
  return a === b || (left !== undefined && right !== undefined && joinWords(left) === joinWords(right))
}

/** `exec 1>>OUT;exec 2>>ERR;CMD`, as it was until this service came. */
const former = /^exec 1>>([^;]*);exec 2>>([^;]*);([\s\S]*)$/
/** `CMD 1>>NAME.out 2>>NAME.err` or `CMD 1>/dev/null 2>/dev/null`, as it was at first. */
const oldest = /^([\s\S]*?) 1>>?(\S+) 2>>?(\S+)$/

function readFormer(script: string, name: string): ReadCommand {
  const [, stdout, stderr, cmd] = former.exec(script) ?? []
  if (stdout !== undefined && stderr !== undefined && cmd !== undefined) return withFiles(cmd, { stdout, stderr })
  const [, command, out, err] = oldest.exec(script) ?? []
  const isOldest = (out === `${name}.out` && err === `${name}.err`) || (out === nowhere && err === nowhere)
  return command !== undefined && isOldest ? withFiles(command, { stdout: out, stderr: err }) : { cmd: script }
}

const nowhere = '/dev/null'

/** Jobs without files were once sent to nowhere. */
const withFiles = (cmd: string, files: LogFiles): ReadCommand =>
  files.stdout === nowhere && files.stderr === nowhere ? { cmd } : { cmd, files }

/** Kubernetes reads `$(NAME)` and `$$` in commands and arguments as its own; doubled, every `$` stays one. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$')

/** What a kubelet makes of such a text where it knows no `$(NAME)`. */
export const expanded = (text: string): string => text.replaceAll('$$', '$')
