import { Command, CommanderError } from 'commander'
import type { Static, TObject } from 'typebox'
import { type Clock, systemClock } from './clock.ts'
import { ConfigError, loadConfig } from './config.ts'
import { keepSmall } from './keep-small.ts'
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

/** What every service is asked for. */
export interface ServiceOptions {
  readonly config?: string
  readonly checkConfig?: boolean
}

/** A service's command, with the options that all of them have; it throws CommanderError for arguments that are wrong. */
export const serviceCommand = (
  { name, description }: Pick<Program<TObject>, 'name' | 'description'>,
  { out, err }: Output,
): Command =>
  new Command(name)
    .description(description)
    .version(version)
    .option('--config <file>', 'the configuration, in YAML; without it there are the defaults and the environment')
    .option('--check-config', 'only say whether the configuration is right')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err })

/** Runs a service until a signal ends it, or only checks its configuration; resolves with the exit code. @throws ConfigError */
export async function runService<S extends TObject>(
  program: Program<S>,
  { config: file, checkConfig }: ServiceOptions,
  { out }: Output,
): Promise<number> {
  keepSmall()
  const config = loadConfig(program.schema, file)
  const log = createLog({ level: checkConfig ? 'silent' : program.logLevel(config), service: program.name })
  const service = program.create(config, { clock: systemClock, log })
  if (!checkConfig) return runUntilSignal(service, { log, limit: program.stopLimit(config) })
  out(`${file ?? 'configuration'} is right\n`)
  return 0
}

/** The exit code of a program: 2 for arguments that are wrong, 1 for a configuration that is, and is told to people. */
export async function exitCodeOf(work: () => Promise<number>, { err }: Output): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof ConfigError)) throw error
    err(`${error.message}\n`)
    return 1
  }
}

/**
 * Reads the arguments (`--config FILE`, `--check-config`, `--help`, `--version`) and the configuration, and runs the service
 * until it is asked to stop. Resolves with the process's exit code: 2 for wrong arguments, 1 for a wrong configuration or a
 * service that failed.
 */
export function runProgram<S extends TObject>(
  program: Program<S>,
  args: readonly string[],
  output: Output = terminal,
): Promise<number> {
  return exitCodeOf(async () => {
    const command = serviceCommand(program, output).parse([...args], { from: 'user' })
    return runService(program, command.opts<ServiceOptions>(), output)
  }, output)
}
