import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'
import { version } from '../../src/platform/version.ts'

const begin = '<!-- generated: commands -->\n'
const end = '<!-- /generated -->'

const ignore = () => {}
const program = createProgram({
  name: 'toolforge-jobs',
  version,
  width: 120,
  write: ignore,
  writeError: ignore,
  run: ignore,
})

/** `delete <name>`; the options are in the command's own help. */
function synopsis(command: Command): string {
  const words = command.registeredArguments.map(argument =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  )
  return [command.name(), ...words].join(' ')
}

const cell = (text: string) => text.replaceAll('|', '\\|')

/** The commands as a table. */
function table(): string {
  const rows = program.commands.map(command => `| \`${cell(synopsis(command))}\` | ${cell(command.description())} |\n`)
  return `\n| command | what it does |\n| --- | --- |\n${rows.join('')}\n`
}

/** The README with the table of commands as the command line has them. @throws Error when its place is missing */
export function withCommands(readme: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`README.md has no place for the commands: ${begin.trim()} … ${end}`)
  return readme.slice(0, from + begin.length) + table() + readme.slice(to)
}
