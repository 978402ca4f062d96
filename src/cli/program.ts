import type { Command } from 'commander'
import { addFiles } from './define/files.ts'
import { addReading } from './define/reading.ts'
import { addRun } from './define/run.ts'
import { addWatching } from './define/watching.ts'
import { addWriting } from './define/writing.ts'
import { JobsCommand, type Request } from './jobs-command.ts'

export interface ProgramOptions {
  /** How the user calls it. */
  readonly name: string
  readonly version: string
  readonly width: number
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
  readonly run: (request: Request) => void
}

/** All commands and options; each command is loaded when it is asked for. */
export function createProgram({ name, version, width, write, writeError, run }: ProgramOptions): JobsCommand {
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
    .withExamples(
      '% run backup --command ./backup.sh --image bookworm --wait',
      '% list',
      '% logs backup -f',
      '% why backup',
      '% run --help',
    )
  const start = (work: Extract<Request, { work: unknown }>['work']) =>
    run({ debug: program.opts()['debug'] === true, work })
  addReading(program, start)
  addRun(program, start)
  addWriting(program, start)
  addFiles(program, start)
  addWatching(program, start)
  program
    .command('completion')
    .description('print what makes a shell complete commands, options and the names of jobs')
    .argument('[shell]', 'which shell: only bash', 'bash')
    .withExamples('source <(% completion bash)', '% completion bash > ~/.local/share/bash-completion/completions/%')
    .action((shell: string, _: unknown, command: Command) => {
      if (shell !== 'bash') command.error(`error: argument 'shell': invalid choice: '${shell}' (choose from bash)`)
      run({
        alone: async world => {
          const { bashCompletion } = await import('./bash-completion.ts')
          world.stdout.write(bashCompletion(program))
          return 0
        },
      })
    })
  return program
}
