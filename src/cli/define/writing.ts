import type { JobsCommand, Start } from '../jobs-command.ts'
import { jobArgument } from './reading.ts'

/** The commands that change jobs which are there. */
export function addWriting(program: JobsCommand, start: Start): void {
  program
    .command('restart')
    .description('restart a job of your tool; a scheduled one runs now, a one-off runs again')
    .addArgument(jobArgument())
    .withExamples('% restart bot')
    .action((job: string) => start(async session => (await import('../commands/restart.ts')).restart(session, job)))
  program
    .command('delete')
    .description('delete a job of your tool; one that runs is stopped')
    .addArgument(jobArgument())
    .withExamples('% delete backup')
    .action((job: string) => start(async session => (await import('../commands/delete.ts')).deleteJob(session, job)))
  program
    .command('flush')
    .description('delete all jobs of your tool; those that run are stopped')
    .option('-y, --yes', 'do not ask (it is only asked on a terminal)')
    .withExamples('% flush', '% flush --yes')
    .withRemarks('Without a terminal nobody is asked: a script deletes all jobs at once, as it always did.')
    .action((options: { yes?: boolean }) =>
      start(async session => (await import('../commands/flush.ts')).flush(session, options.yes === true)),
    )
}
