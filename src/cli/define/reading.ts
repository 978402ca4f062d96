import { Argument, Option } from 'commander'
import { limits } from '../../contract/limits.ts'
import type { ListOptions } from '../commands/list.ts'
import type { LogsOptions } from '../commands/logs.ts'
import { type JobsCommand, outputOption, type Shown, type Start, shownFormats, whole } from '../jobs-command.ts'

export const jobArgument = (): Argument => new Argument('<name>', "the job's name")

/** The commands that only look. */
export function addReading(program: JobsCommand, start: Start): void {
  program
    .command('images')
    .description('list the container images that jobs can use')
    .addOption(outputOption(shownFormats))
    .withExamples('% images', "% images -o json | jq -r '.[].shortname'")
    .action(({ output }: Shown) =>
      start(async session => (await import('../commands/images.ts')).images(session, output)),
    )
  program
    .command('quota')
    .description('show what your tool may use, and what it uses')
    .addOption(outputOption(shownFormats))
    .withExamples('% quota', '% quota -o json')
    .action(({ output }: Shown) =>
      start(async session => (await import('../commands/quota.ts')).quota(session, output)),
    )
  program
    .command('list')
    .description('list the jobs of your tool')
    .addOption(outputOption(['normal', 'long', 'name', 'json', 'yaml']))
    .addOption(new Option('-l, --long').hideHelp())
    .withExamples('% list', '% list -o long', `% list -o json | jq -r '.[] | select(.status.short == "failed").name'`)
    .action((options: ListOptions) =>
      start(async session => (await import('../commands/list.ts')).list(session, options)),
    )
  program
    .command('show')
    .description('show one job of your tool')
    .addArgument(jobArgument())
    .addOption(outputOption(shownFormats))
    .withExamples('% show backup', '% show backup -o yaml')
    .action((job: string, { output }: Shown) =>
      start(async session => (await import('../commands/show.ts')).show(session, job, output)),
    )
  program
    .command('why')
    .description('explain why a job is as it is, down to the first cause, and what to do')
    .addArgument(jobArgument())
    .addOption(outputOption(shownFormats))
    .withExamples('% why backup', "% why backup -o json | jq -r '.commands[]'")
    .action((job: string, { output }: Shown) =>
      start(async session => (await import('../commands/why.ts')).why(session, job, output)),
    )
  addLogs(program, start)
}

function addLogs(program: JobsCommand, start: Start): void {
  const moment = 'RFC 3339 or how long ago, such as 2026-03-02T21:29:55+01:00, 90s, 2h or 3d'
  program
    .command('logs')
    .description("show a job's output, from the cluster or from its log files")
    .addArgument(jobArgument())
    .option('-f, --follow', 'go on showing what comes, until Ctrl-C')
    .addOption(
      new Option('-l, --last <lines>', 'only so many of the newest lines').argParser(whole(1, limits.logLines.most)),
    )
    .option('--since <time>', `nothing before this: ${moment}`)
    .option('--until <time>', 'nothing after this, in the same form')
    .addOption(outputOption(['normal', 'json']))
    .withExamples(
      '% logs backup',
      '% logs backup -f -l 20',
      '% logs backup --since 2h --until 1h',
      '% logs backup -o json',
    )
    .action((job: string, options: LogsOptions) =>
      start(async session => (await import('../commands/logs.ts')).logs(session, job, options)),
    )
}
