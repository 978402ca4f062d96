import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { toolNamePattern } from '../contract/limits.ts'
import { version } from '../platform/version.ts'
import type { LocalOptions } from './platform.ts'
import type { ToolCommands, ToolOptions } from './tool-command.ts'
import { usualTool } from './tools.ts'

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

/** What the command line calls with what it was told, paths absolute. */
export interface SandboxActions {
  start(options: StartOptions): Promise<void>
  tools(options: ToolOptions, use: (tools: ToolCommands) => Promise<number>): Promise<void>
}

const dirOption = () => new Option('--dir <folder>', 'where homes, logs and certificates are').default('.sandbox')

/** The command line of the sandbox. */
export function sandboxCommand(checkout: string, { start, tools }: SandboxActions): Command {
  const command = new Command('toolforge-sandbox')
    .description('The whole platform on this machine: a cluster in memory, the jobs API, and tools with their homes.')
    .version(version)
    .helpCommand(false)
  command
    .command('start', { isDefault: true })
    .description('Start it, and keep it until Ctrl-C.')
    .addOption(dirOption())
    .option('--port <port>', 'of the jobs API; a free one when it is taken, 0 for any', portNumber, 30_001)
    .option('--control-plane-port <port>', 'of the cluster; a free one when it is taken, 0 for any', portNumber, 16_440)
    .option('--web-port <port>', 'of published jobs; a free one when it is taken, 0 for any', portNumber, 30_080)
    .option(
      '--tools <names...>',
      `tools that there must be besides those of earlier runs (at first: ${usualTool})`,
      toolName,
    )
    .addOption(
      new Option('--pods <how>', 'run pods as local processes, or none at all')
        .choices(['processes', 'none'])
        .default('processes'),
    )
    .option('--json', 'say where everything is as one line of JSON', false)
    .option('--verbose', 'log what the services do', false)
    .action(async ({ tools = [], dir, ...rest }: Omit<StartOptions, 'tools'> & Partial<StartOptions>) =>
      start({ ...rest, tools, dir: resolve(checkout, dir) }),
    )
  addToolCommands(command, (options, use) => tools({ dir: resolve(checkout, options.dir) }, use))
  return command
}

function addToolCommands(command: Command, tools: SandboxActions['tools']): void {
  const tool = command
    .command('tool')
    .description(
      'Add tools to a sandbox that runs, and shut them off: it follows the file accounts.yaml of its folder.',
    )
    .helpCommand(false)
  tool
    .command('add <name>')
    .description('Add a tool; done when it has its home, its certificate and its rights.')
    .addOption(dirOption())
    .action(async (name: string, options: ToolOptions) => tools(options, ({ add }) => add(name)))
  tool
    .command('list')
    .description('List the tools, and say which are shut off.')
    .addOption(dirOption())
    .action(async (options: ToolOptions) => tools(options, ({ list }) => list()))
  tool
    .command('disable <name>')
    .description('Shut a tool off, as when the directory of a real installation disables it.')
    .addOption(dirOption())
    .option('--reason <text>', 'why, for its owner')
    .action(async (name: string, { reason, ...options }: ToolOptions & { reason?: string }) =>
      tools(options, ({ disable }) => disable(name, reason)),
    )
  tool
    .command('enable <name>')
    .description('Let a tool that is shut off work again; all is as before.')
    .addOption(dirOption())
    .action(async (name: string, options: ToolOptions) => tools(options, ({ enable }) => enable(name)))
}
