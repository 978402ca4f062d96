import { Argument, Option } from 'commander'
import type { DumpOptions } from '../commands/dump.ts'
import type { LoadOptions } from '../commands/load.ts'
import type { PlanOptions } from '../commands/plan.ts'
import { exitCodes } from '../failure.ts'
import { type JobsCommand, outputOption, type Start, shownFormats } from '../jobs-command.ts'

const fileArgument = () => new Argument('<file>', 'YAML file with a list of jobs; - for the standard input')
const jobOption = () =>
  new Option('--job <name>', 'only this job of the file (can be given several times)').argParser(
    (name: string, names: readonly string[] | undefined) => [...(names ?? []), name],
  )
const pruneOption = () => new Option('--prune', 'also remove the jobs that are not in the file').conflicts('job')

const format =
  'The file is a list of mappings, whose keys are "name" and the long options of "run" (command, image, mem, schedule, continuous: true, …), as "dump" writes it. Nothing is sent unless all of it is right. '

/** The commands for many jobs in one file. */
export function addFiles(program: JobsCommand, start: Start): void {
  program
    .command('load')
    .description('make the jobs as a YAML file says: create, change or run them, and leave alone what is up to date')
    .addArgument(fileArgument())
    .addOption(jobOption())
    .option('--dry-run', 'only show what would be done (as "plan" does)')
    .addOption(pruneOption())
    .option('-y, --yes', 'do not ask before jobs are removed (it is only asked on a terminal)')
    .addOption(outputOption(shownFormats))
    .withExamples('% load jobs.yaml', '% load jobs.yaml --job bot --job web', '% load jobs.yaml --prune --yes')
    .withRemarks(
      `${format}What would be done is shown first, and only that is done; what the cluster would refuse is known before anything is changed. An entry with "wait: true" (or seconds) is waited for before the next one is loaded.`,
    )
    .action((file: string, options: LoadOptions) =>
      start(async session => (await import('../commands/load.ts')).load(session, file, options)),
    )
  program
    .command('plan')
    .description('show what "load" would do with a YAML file, field by field, and change nothing')
    .addArgument(fileArgument())
    .addOption(jobOption())
    .addOption(pruneOption())
    .option('--exit-code', `end with ${exitCodes.changes} when there is something to do`)
    .addOption(outputOption(shownFormats))
    .withExamples('% plan jobs.yaml', '% plan jobs.yaml --prune', '% dump | % plan -')
    .withRemarks(
      `${format}Exit codes: ${exitCodes.done} the plan can be carried out, ${exitCodes.refused} it can not or the file is wrong, ${exitCodes.failed} the service did not answer; with --exit-code ${exitCodes.done} there is nothing to do, ${exitCodes.changes} there is.`,
    )
    .action((file: string, options: PlanOptions) =>
      start(async session => (await import('../commands/plan.ts')).plan(session, file, options)),
    )
  program
    .command('dump')
    .description('write all jobs of your tool as YAML that "load" reads')
    .option('-f, --to-file <file>', 'write it to this file')
    .addOption(outputOption(['yaml', 'json']))
    .withExamples('% dump', '% dump -f jobs.yaml')
    .action((options: DumpOptions) =>
      start(async session => (await import('../commands/dump.ts')).dump(session, options)),
    )
}
