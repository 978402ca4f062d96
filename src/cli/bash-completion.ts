import type { Command, Option } from 'commander'

/** Names of arguments and options whose values are files, or jobs that there are. */
const files = new Set(['file', 'filelog-stdout', 'filelog-stderr', 'to-file'])
const takesJob = (command: Command): boolean =>
  ['show', 'why', 'logs', 'restart', 'delete', 'watch'].includes(command.name())

/** A word in single quotes, for the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const flagsOf = ({ short, long }: Option): string[] => [short, long].flatMap(flag => (flag === undefined ? [] : [flag]))

const visibleOptions = (command: Command): readonly Option[] => command.createHelp().visibleOptions(command)

/** What can follow an option that takes a value: its choices, files, or nothing known. */
function valuesOf(option: Option): string {
  if (option.argChoices !== undefined) return `_toolforge_jobs_words ${quoted(option.argChoices.join(' '))}`
  if (files.has((option.long ?? '').slice(2))) return '_toolforge_jobs_files'
  return option.long === '--image' ? '_toolforge_jobs_ask images' : 'COMPREPLY=()'
}

/** `list|-o|--output) …;;` for each option of a command that takes a value. */
function optionCases(command: Command): string {
  return visibleOptions(command)
    .filter(option => option.required)
    .map(
      option =>
        `    ${flagsOf(option)
          .map(flag => `${command.name()}:${flag}`)
          .join('|')}) ${valuesOf(option)}; return ;;\n`,
    )
    .join('')
}

/** What else can follow a command: its options, or what its argument is. */
function wordCase(command: Command): string {
  const options = visibleOptions(command).flatMap(flagsOf).join(' ')
  const [argument] = command.registeredArguments
  const name = argument?.name() ?? ''
  const values = files.has(name)
    ? '_toolforge_jobs_files'
    : name === 'shell'
      ? '_toolforge_jobs_words bash'
      : 'COMPREPLY=()'
  const rest = takesJob(command) ? '_toolforge_jobs_ask jobs' : values
  return `    ${command.name()}) if [[ $cur == -* ]]; then _toolforge_jobs_words ${quoted(options)}; else ${rest}; fi ;;\n`
}

/**
 * The script that makes bash complete commands, options, their values and the names of jobs and images; these are asked of the
 * service, within two seconds. Made from the program's own definition.
 */
export function bashCompletion(program: Command): string {
  const commands = program.commands
  const globals = visibleOptions(program).flatMap(flagsOf).join(' ')
  const words = commands.map(command => command.name()).join(' ')
  return `# bash completion for toolforge-jobs: source <(toolforge-jobs completion bash)

_toolforge_jobs_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }

_toolforge_jobs_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# Names are letters, digits and marks of no meaning to the shell: what is not is left out.
_toolforge_jobs_ask() {
  local names
  case $1 in
    jobs) names=$(timeout 2 "$program" list -o name 2>/dev/null </dev/null) ;;
    images) names=$(timeout 2 "$program" images 2>/dev/null </dev/null | sed -e 1d -e 's/ .*//') ;;
  esac
  names=$(grep -Ex '[A-Za-z0-9][A-Za-z0-9./:_@-]*' <<<"$names")
  _toolforge_jobs_words "$names"
}

_toolforge_jobs() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} program=\${COMP_WORDS[0]} command= word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* ]]; then command=$word; break; fi
  done
  case "$command:$previous" in
${commands.map(optionCases).join('')}  esac
  case $command in
    '') _toolforge_jobs_words ${quoted(`${words} ${globals}`)} ;;
${commands.map(wordCase).join('')}  esac
}

complete -F _toolforge_jobs toolforge-jobs
`
}
