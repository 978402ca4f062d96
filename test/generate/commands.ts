import type { Argument, Option } from 'commander'
import type { JobsCommand } from '../../src/cli/jobs-command.ts'
import { createProgram } from '../../src/cli/program.ts'
import { version } from '../../src/platform/version.ts'

const begin = '<!-- generated: commands -->\n'
const end = '<!-- /generated -->'

const ignore = () => {}
const name = 'toolforge-jobs'
const program = createProgram({ name, version, width: 120, write: ignore, writeError: ignore, run: ignore })
const commands = program.commands.filter((command): command is JobsCommand => 'examples' in command)

const written = (argument: Argument): string => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`)

/** `delete <name>`; the options are in the command's own help. */
const synopsis = (command: JobsCommand): string =>
  [command.name(), ...command.registeredArguments.map(written)].join(' ')

const cell = (text: string) => text.replaceAll('|', '\\|')

/** The commands as a table. */
function table(): string {
  const rows = commands.map(command => `| \`${cell(synopsis(command))}\` | ${cell(command.description())} |\n`)
  return `\n| command | what it does |\n| --- | --- |\n${rows.join('')}\n`
}

/** The README with the table of commands as the command line has them. @throws Error when its place is missing */
export function withCommands(readme: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`README.md has no place for the commands: ${begin.trim()} … ${end}`)
  return readme.slice(0, from + begin.length) + table() + readme.slice(to)
}

/** Text for roff: no line may begin with a control character, and `-` and `\` stand for themselves. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^([.'])/gm, '\\&$1')

const choices = ({ argChoices }: Option): string =>
  argChoices === undefined || argChoices.length < 2 ? '' : `: ${argChoices.join(', ')}`

const optionText = (option: Option): string =>
  `.TP\n.B ${roff(option.flags)}\n${roff(option.description)}${option.mandatory ? ' (required)' : ''}${roff(choices(option))}\n`

const options = (command: JobsCommand): string =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map(optionText)
    .join('')

const examples = (command: JobsCommand): string =>
  `.PP\n.nf\n.RS\n${command.examples.map(line => roff(line.replaceAll('%', name))).join('\n')}\n.RE\n.fi\n`

function section(command: JobsCommand): string {
  const remarks = command.remarks.map(text => `.PP\n${roff(text)}\n`).join('')
  const head = `.SS "${roff(synopsis(command))}"\n${roff(command.description())}\n`
  return head + options(command) + remarks + examples(command)
}

const exitCodes = [
  ['0', 'done'],
  ['1', 'refused, wrong, or (with --wait) the job failed'],
  ['2', 'the command line is wrong, the service did not answer, or a wait took too long'],
  ['3', 'plan --exit-code: there is something to do'],
  ['130', 'Ctrl-C was pressed'],
] as const

const files = [
  [
    '~/.toolforge.yaml, ~/.config/toolforge.yaml, /etc/toolforge/*.yaml',
    'the address of the service (api_gateway.url)',
  ],
  ['~/.kube/config (or $KUBECONFIG)', "the tool's name, certificate and key"],
] as const

const terms = (list: readonly (readonly [string, string])[]): string =>
  list.map(([term, text]) => `.TP\n.B ${roff(term)}\n${roff(text)}\n`).join('')

/** The manual page, for man(1). */
export const manual = (): string => `.\\" Generated from src/cli by \`npm run generate\`.
.TH TOOLFORGE\\-JOBS 1 "" "toolforge\\-jobs ${version}" "Toolforge"
.SH NAME
toolforge\\-jobs \\- run programs of a tool on the cluster
.SH SYNOPSIS
.B toolforge\\-jobs
[\\-\\-debug] COMMAND [OPTIONS]
.SH DESCRIPTION
${roff(program.description())}.
.SH OPTIONS
${options(program)}.SH COMMANDS
${commands.map(section).join('')}.SH EXIT STATUS
${terms(exitCodes)}.SH FILES
${terms(files)}`
