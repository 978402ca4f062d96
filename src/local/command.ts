import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { toolNamePattern } from '../contract/limits.ts'
import { version } from '../platform/version.ts'
import type { LocalOptions } from './platform.ts'

/** What `toolforge-sandbox start` was told. */
export interface StartOptions extends LocalOptions {
  readonly json: boolean
  readonly verbose: boolean
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535.')
  return port
}

function toolName(text: string, before: readonly string[] = []): readonly string[] {
  if (!new RegExp(toolNamePattern).test(text)) {
    throw new InvalidArgumentError('a tool is named with at most 53 of a-z, 0-9 and -, no - at its ends.')
  }
  return [...before, text]
}

/** The command line of the sandbox; `start` is called with what it was told, paths absolute. */
export function sandboxCommand(checkout: string, start: (options: StartOptions) => Promise<void>): Command {
  const command = new Command('toolforge-sandbox')
    .description('The whole platform on this machine: a cluster in memory, the jobs API, and tools with their homes.')
    .version(version)
    .helpCommand(false)
  command
    .command('start', { isDefault: true })
    .description('Start it, and keep it until Ctrl-C.')
    .option('--dir <folder>', 'where homes, logs and certificates are', '.sandbox')
    .option('--port <port>', 'of the jobs API; a free one when it is taken, 0 for any', portNumber, 30_001)
    .option('--control-plane-port <port>', 'of the cluster; a free one when it is taken, 0 for any', portNumber, 16_440)
    .option('--web-port <port>', 'of published jobs; a free one when it is taken, 0 for any', portNumber, 30_080)
    .option('--tools <names...>', 'the tools that there are (default: tf-test)', toolName)
    .addOption(
      new Option('--pods <how>', 'run pods as local processes, or none at all')
        .choices(['processes', 'none'])
        .default('processes'),
    )
    .option('--json', 'say where everything is as one line of JSON', false)
    .option('--verbose', 'log what the services do', false)
    .action(async ({ tools = ['tf-test'], dir, ...rest }: Omit<StartOptions, 'tools'> & Partial<StartOptions>) =>
      start({ ...rest, tools, dir: resolve(checkout, dir) }),
    )
  return command
}
