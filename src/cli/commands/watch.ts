import type { Job, JobEvent } from '../../contract/schemas.ts'
import { rfc3339 } from '../../platform/clock.ts'
import { CliError, exitCodes } from '../failure.ts'
import { follow, type Seen } from '../follow.ts'
import { createJobBoard } from '../job-board.ts'
import { liveTable } from '../live-table.ts'
import { jobName } from '../names.ts'
import { statusText } from '../render.ts'
import type { Session } from '../session.ts'
import { jsonText } from '../structured.ts'
import { visible } from '../text.ts'

export interface WatchOptions {
  readonly output: 'normal' | 'json'
}

/** How changes are shown, and what is done in the end. */
export interface Watcher {
  show(jobs: readonly Job[], changes: readonly JobEvent[], answers: boolean): void
  end(): void
}

/** `watch`: the jobs as they change, until Ctrl-C. */
export async function watch(session: Session, job: string | undefined, options: WatchOptions): Promise<number> {
  const { tool, client, world } = session
  const { clock, signal } = world
  const name = job === undefined ? undefined : jobName(job)
  const board = createJobBoard()
  const watcher = watcherFor(session, options)
  let first = true
  try {
    for await (const seen of follow({ tool, name, client, clock, signal })) {
      if (first && name !== undefined && isEmpty(seen)) throw new CliError(`The tool ${tool} has no job "${name}".`)
      first &&= seen.type === 'silent'
      const changes = board.see(seen)
      watcher.show(board.jobs(), changes, seen.type !== 'silent')
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    watcher.end()
  }
  return exitCodes.done
}

const isEmpty = (seen: Seen): boolean => seen.type === 'all' && seen.jobs.length === 0

function watcherFor(session: Session, { output: format }: WatchOptions): Watcher {
  const { output, world } = session
  if (format === 'json') return lines(session, event => jsonText(event))
  const drawn = output.terminal && world.environment['TERM'] !== 'dumb'
  return drawn ? liveTable(session) : lines(session, event => eventText(event, rfc3339(world.clock.now())))
}

/** A line for each change. */
function lines({ output }: Session, text: (event: JobEvent) => string): Watcher {
  let silent = false
  return {
    show: (_, changes, answers) => {
      if (!answers && !silent) output.info('The service does not answer, asking again.')
      silent = !answers
      for (const event of changes) output.data(text(event))
    },
    end: () => {},
  }
}

function eventText(event: JobEvent, now: string): string {
  if (event.type === 'gone') return `${now} ${visible(event.name)} gone`
  const { job } = event
  const hints = job.status.messages.length === 0 ? '' : `: ${job.status.messages.join('. ')}`
  return visible(`${now} ${job.name} ${job.job_type} ${statusText(job)}${hints}`)
}
