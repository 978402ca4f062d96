import type { RunOptions } from '../commands/run.ts'
import { exitCodes } from '../failure.ts'
import { exclusive, jobOptions } from '../job-options.ts'
import { type JobsCommand, outputOption, type Start, shownFormats } from '../jobs-command.ts'

/** Says so when two options of a group are given, in the words of the client of today. */
function exclude(command: JobsCommand, group: readonly string[]): void {
  let given = ''
  for (const option of group) {
    command.on(`option:${option}`, () => {
      if (given !== '' && given !== option)
        command.error(`error: argument --${option}: not allowed with argument --${given}`)
      given = option
    })
  }
}

/** `run`: its options are those of an entry in a file of jobs. */
export function addRun(program: JobsCommand, start: Start): void {
  const command = program.command('run')
  for (const group of exclusive) exclude(command, group)
  command
    .description('run a new job of your tool: once, on a schedule, or continuously')
    .argument('[name]', "the new job's name (default: webservice, with --webservice)")
  for (const option of jobOptions()) command.addOption(option.makeOptionMandatory(option.long === '--image'))
  command
    .addOption(outputOption(shownFormats, false))
    .withExamples(
      '% run backup --command ./backup.sh --image bookworm',
      "% run count --command 'wc -l data/*.csv' --image bookworm --no-filelog --wait 60",
      '% run train --command "python3 train.py" --image python3.13 --mem 2Gi --cpu 1 --retry 2 --emails onfailure',
      '% run nightly --command ./nightly.sh --image bookworm --schedule "30 2 * * *" --timezone Europe/Berlin --timeout 3600',
      '% run bot --command ./bot.py --image python3.13 --continuous --health-check-script ./alive.sh',
      '% run web --command ./serve.py --image python3.13 --continuous --port 8000 --replicas 2 --publish',
    )
    .withRemarks(
      `Exit codes with --wait: ${exitCodes.done} it succeeded, ${exitCodes.refused} it failed, ${exitCodes.failed} it has not ended in time or is gone (deleted), ${exitCodes.interrupted} Ctrl-C was pressed (the job goes on).`,
    )
    .action((job: string | undefined, options: RunOptions) =>
      start(async session => (await import('../commands/run.ts')).run(session, job, options)),
    )
}
