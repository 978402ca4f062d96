import type { WatchOptions } from '../commands/watch.ts'
import { type JobsCommand, outputOption, type Start } from '../jobs-command.ts'

/** The commands that go on showing. */
export function addWatching(program: JobsCommand, start: Start): void {
  program
    .command('watch')
    .description('show the jobs of your tool as they change, until Ctrl-C')
    .argument('[name]', 'only this job')
    .addOption(outputOption(['normal', 'json']))
    .withExamples('% watch', '% watch backup', `% watch -o json | jq --unbuffered -r '.job.status.short'`)
    .withRemarks(
      'On a terminal a table is kept up to date; elsewhere there is a line for each change, with -o json a JSON object.',
    )
    .action((job: string | undefined, options: WatchOptions) =>
      start(async session => (await import('../commands/watch.ts')).watch(session, job, options)),
    )
}
