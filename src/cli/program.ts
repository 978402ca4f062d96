import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { emailsChoices, limits, mountChoices } from '../contract/limits.ts'
import type { ListOptions } from './commands/list.ts'
import type { LogsOptions } from './commands/logs.ts'
import type { RunOptions } from './commands/run.ts'
import { exitCodes } from './failure.ts'
import type { Work } from './session.ts'

/** The command line is wrong: which command's, and how. */
export class UsageError extends Error {
  readonly usage: string

  constructor(message: string, usage: string) {
    super(message)
    this.name = 'UsageError'
    this.usage = usage
  }
}

/** A command whose errors say how it is used, in the form of the client of today. */
class JobsCommand extends Command {
  override createCommand(name: string): JobsCommand {
    return new JobsCommand(name)
  }

  override error(message: string): never {
    const path = [this.parent?.name(), this.name()].filter(name => name !== undefined).join(' ')
    throw new UsageError(
      `${path}: ${message.startsWith('error: ') ? message : `error: ${message}`}`,
      `usage: ${path} ${this.usage()}`,
    )
  }
}

/** What the command line asks for. */
export interface Request {
  readonly debug: boolean
  readonly work: Work
}

export interface ProgramOptions {
  /** How the user calls it. */
  readonly name: string
  readonly version: string
  readonly width: number
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
  readonly run: (request: Request) => void
}

const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number, ${least} or more.`
        : `It must be a whole number from ${least} to ${most}.`,
    )
  }

const examples = (name: string, lines: readonly string[]): string =>
  `\nExamples:\n${lines.map(line => `  ${line.replaceAll('%', name)}`).join('\n')}\n`

const outputOption = (formats: readonly string[], short = true): Option =>
  new Option(`${short ? '-o, ' : ''}--output <format>`, 'how to show it').choices(formats).default(formats[0])

interface Shown {
  readonly output: 'normal' | 'json' | 'yaml'
}

const shownFormats = ['normal', 'json', 'yaml']

/** All commands and options; each command is loaded when it is asked for. */
export function createProgram({ name, version, width, write, writeError, run }: ProgramOptions): Command {
  const program = new JobsCommand(name)
    .description('Toolforge Jobs Service, command line interface: run programs of your tool on the cluster')
    .version(version, '--version', 'show the version and end')
    .helpOption('-h, --help', 'show this help and end')
    .option('--debug', 'say on stderr what is used, asked and answered (also: TOOLFORGE_DEBUG=1)')
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: writeError,
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      'after',
      examples(name, [
        '% run backup --command ./backup.sh --image bookworm --wait',
        '% list',
        '% logs backup -f',
        '% run --help',
      ]),
    )
  const start = (work: Work) => run({ debug: program.opts()['debug'] === true, work })
  addReading(program, start, name)
  addRun(program, start, name)
  addRemoving(program, start, name)
  return program
}

type Start = (work: Work) => void

const jobArgument = () => new Argument('<name>', "the job's name")

function addReading(program: Command, start: Start, name: string): void {
  program
    .command('images')
    .description('list the container images that jobs can use')
    .addOption(outputOption(shownFormats))
    .addHelpText('after', examples(name, ['% images', "% images -o json | jq -r '.[].shortname'"]))
    .action(({ output }: Shown) =>
      start(async session => (await import('./commands/images.ts')).images(session, output)),
    )
  program
    .command('quota')
    .description('show what your tool may use, and what it uses')
    .addOption(outputOption(shownFormats))
    .addHelpText('after', examples(name, ['% quota', '% quota -o json']))
    .action(({ output }: Shown) => start(async session => (await import('./commands/quota.ts')).quota(session, output)))
  program
    .command('list')
    .description('list the jobs of your tool')
    .addOption(outputOption(['normal', 'long', 'name', 'json', 'yaml']))
    .addOption(new Option('-l, --long').hideHelp())
    .addHelpText(
      'after',
      examples(name, [
        '% list',
        '% list -o long',
        `% list -o json | jq -r '.[] | select(.status.short == "failed").name'`,
      ]),
    )
    .action((options: ListOptions) =>
      start(async session => (await import('./commands/list.ts')).list(session, options)),
    )
  program
    .command('show')
    .description('show one job of your tool')
    .addArgument(jobArgument())
    .addOption(outputOption(shownFormats))
    .addHelpText('after', examples(name, ['% show backup', '% show backup -o yaml']))
    .action((job: string, { output }: Shown) =>
      start(async session => (await import('./commands/show.ts')).show(session, job, output)),
    )
  addLogs(program, start, name)
}

function addLogs(program: Command, start: Start, name: string): void {
  const moment = 'RFC 3339 or how long ago, such as 2026-03-02T21:29:55+01:00, 90s, 2h or 3d'
  program
    .command('logs')
    .description("show a job's output, from the cluster or from its log files")
    .addArgument(jobArgument())
    .option('-f, --follow', 'go on showing what comes, until Ctrl-C')
    .addOption(
      new Option('-l, --last <lines>', 'only so many of the newest lines').argParser(whole(1, limits.logLines.most)),
    )
    .option('--since <time>', `nothing before this: ${moment}`)
    .option('--until <time>', 'nothing after this, in the same form')
    .addOption(outputOption(['normal', 'json']))
    .addHelpText(
      'after',
      examples(name, [
        '% logs backup',
        '% logs backup -f -l 20',
        '% logs backup --since 2h --until 1h',
        '% logs backup -o json',
      ]),
    )
    .action((job: string, options: LogsOptions) =>
      start(async session => (await import('./commands/logs.ts')).logs(session, job, options)),
    )
}

function addRun(program: Command, start: Start, name: string): void {
  const command = program.command('run')
  let filelogs = ''
  for (const option of ['filelog', 'no-filelog']) {
    command.on(`option:${option}`, () => {
      if (filelogs !== '' && filelogs !== option)
        command.error(`error: argument --${option}: not allowed with argument --${filelogs}`)
      filelogs = option
    })
  }
  command
    .description('run a new job of your tool, once')
    .argument('[name]', "the new job's name")
    .option('--command <command>', 'what to run, as in a shell')
    .requiredOption('--image <image>', 'in which image, by its short name (see "images")')
    .option('--filelog', "write the output to files in the tool's home (the default of standard images)")
    .option('--no-filelog', 'write no files: "logs" shows the output')
    .option('-o, --filelog-stdout <path>', 'file for the standard output (default: NAME.out)')
    .option('-e, --filelog-stderr <path>', 'file for the error output (default: NAME.err)')
    .addOption(
      new Option(
        '--retry <times>',
        `how often to try again when it fails, 0 to ${limits.retry} (default: 0)`,
      ).argParser(whole(0, limits.retry)),
    )
    .option('--mem <memory>', 'memory that it may use, such as 512Mi or 1.5Gi')
    .option('--cpu <cores>', 'processor that it may use, such as 0.5 or 500m')
    .addOption(new Option('--emails <when>', 'when to send e-mails (default: none)').choices(emailsChoices))
    .addOption(
      new Option(
        '--mount <what>',
        'shared storage to mount (default: none for build service images, else all)',
      ).choices(mountChoices),
    )
    .addOption(
      new Option('--wait [seconds]', 'wait for its end, at most so long (600 when not said)')
        .preset('600')
        .argParser(whole(1, 31 * 86_400)),
    )
    .addOption(outputOption(shownFormats, false))
    .addHelpText(
      'after',
      examples(name, [
        '% run backup --command ./backup.sh --image bookworm',
        "% run count --command 'wc -l data/*.csv' --image bookworm --no-filelog --wait 60",
        '% run train --command "python3 train.py" --image python3.13 --mem 2Gi --cpu 1 --retry 2 --emails onfailure',
      ]) +
        `\nExit codes with --wait: ${exitCodes.done} it succeeded, ${exitCodes.refused} it failed, ${exitCodes.failed} it has not ended in time or is gone (deleted),\n` +
        `${exitCodes.interrupted} Ctrl-C was pressed (the job goes on).\n`,
    )
    .action((job: string | undefined, options: RunOptions) =>
      start(async session => (await import('./commands/run.ts')).run(session, job, options)),
    )
}

function addRemoving(program: Command, start: Start, name: string): void {
  program
    .command('delete')
    .description('delete a job of your tool; one that runs is stopped')
    .addArgument(jobArgument())
    .addHelpText('after', examples(name, ['% delete backup']))
    .action((job: string) => start(async session => (await import('./commands/delete.ts')).deleteJob(session, job)))
  program
    .command('flush')
    .description('delete all jobs of your tool; those that run are stopped')
    .option('-y, --yes', 'do not ask (it is only asked on a terminal)')
    .addHelpText('after', examples(name, ['% flush', '% flush --yes']))
    .action((options: { yes?: boolean }) =>
      start(async session => (await import('./commands/flush.ts')).flush(session, options.yes === true)),
    )
}
