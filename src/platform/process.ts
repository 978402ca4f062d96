import { Command, CommanderError } from 'commander'
import type { Static, TObject } from 'typebox'
import { type Clock, systemClock } from './clock.ts'
import { ConfigError, loadConfig } from './config.ts'
import { runUntilSignal, type Service } from './lifecycle.ts'
import { createLog, type Logger, type LogLevel } from './log.ts'
import { version } from './version.ts'

/** A service as a process. */
export interface Program<S extends TObject> {
  readonly name: string
  readonly description: string
  readonly schema: S
  /** Makes the service, without any I/O. @throws ConfigError */
  create(config: Static<S>, deps: { clock: Clock; log: Logger }): Service
  logLevel(config: Static<S>): LogLevel
  /** Milliseconds after which a process that was asked to stop is ended. */
  stopLimit(config: Static<S>): number
}

/** Where a process writes to. */
export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

const terminal: Output = {
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
}

interface Options {
  config?: string
  checkConfig?: boolean
}

function parseArguments(
  { name, description }: Program<TObject>,
  args: readonly string[],
  { out, err }: Output,
): Options {
  return new Command(name)
    .description(description)
    .version(version)
    .option('--config <file>', 'the configuration, in YAML; without it there are the defaults and the environment')
    .option('--check-config', 'only say whether the configuration is right')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err })
    .parse([...args], { from: 'user' })
    .opts<Options>()
}

async function run<S extends TObject>(program: Program<S>, { config: file, checkConfig }: Options, { out }: Output) {
  const config = loadConfig(program.schema, file)
  const log = createLog({ level: checkConfig ? 'silent' : program.logLevel(config), service: program.name })
  const service = program.create(config, { clock: systemClock, log })
  if (!checkConfig) return runUntilSignal(service, { log, limit: program.stopLimit(config) })
  out(`${file ?? 'configuration'} is right\n`)
  return 0
}

/**
 * Reads the arguments (`--config FILE`, `--check-config`, `--help`, `--version`) and the configuration, and runs the service
 * until it is asked to stop. Resolves with the process's exit code: 2 for wrong arguments, 1 for a wrong configuration or a
 * service that failed.
 */
export async function runProgram<S extends TObject>(
  program: Program<S>,
  args: readonly string[],
  output: Output = terminal,
): Promise<number> {
  try {
    return await run(program, parseArguments(program, args, output), output)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof ConfigError)) throw error
    output.err(`${error.message}\n`)
    return 1
  }
}
