import { ApiError } from '../../contract/client.ts'
import type { LogLine } from '../../contract/log-schemas.ts'
import { CliError, exitCodes } from '../failure.ts'
import { logPages } from '../log-pages.ts'
import { jobName } from '../names.ts'
import { logText } from '../render.ts'
import type { Session } from '../session.ts'
import { jsonText } from '../structured.ts'

export interface LogsOptions {
  readonly follow?: boolean
  readonly last?: number
  readonly since?: string
  readonly until?: string
  readonly output: 'normal' | 'json'
}

interface Asked {
  readonly params: { readonly tool: string; readonly name: string }
  readonly query: { readonly lines?: number; readonly since?: string; readonly until?: string }
  readonly follow: boolean
}

/** `logs`: the oldest line first; with `--follow` what comes as well, until the job or the user ends it. */
export async function logs(session: Session, job: string, options: LogsOptions): Promise<number> {
  const { output, world } = session
  const asked: Asked = {
    params: { tool: session.tool, name: jobName(job) },
    query: {
      ...(options.last === undefined ? {} : { lines: options.last }),
      ...(options.since === undefined ? {} : { since: options.since }),
      ...(options.until === undefined ? {} : { until: options.until }),
    },
    follow: options.follow === true,
  }
  try {
    for await (const line of await fromClusterOrFile(session, asked)) {
      world.signal.throwIfAborted()
      output.data(options.output === 'json' ? jsonText(line) : logText(line, output))
    }
  } catch (error) {
    if (!(asked.follow && world.signal.aborted)) throw error
  }
  return exitCodes.done
}

const isNotFound = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 404

/** The logs service knows what the cluster keeps; of a job with log files it says that there is nothing. */
async function fromClusterOrFile(session: Session, asked: Asked): Promise<AsyncIterable<LogLine>> {
  const { client, world } = session
  const { params, query } = asked
  try {
    if (asked.follow) return await client.call('logsStream', { params, query }, world.signal)
    return await logPages(query, page => client.call('logs', { params, query: page }, world.signal))
  } catch (error) {
    if (!isNotFound(error) || !(await hasFiles(session, asked))) throw error
    return fromFile(session, asked)
  }
}

async function hasFiles({ client, world }: Session, { params }: Asked): Promise<boolean> {
  try {
    const { job } = await client.call('showJob', { params }, world.signal)
    return job.filelog === true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function fromFile({ client, world }: Session, { params, query, follow }: Asked): Promise<AsyncIterable<LogLine>> {
  if (query.since !== undefined || query.until !== undefined)
    throw new CliError(
      `The job ${params.name} writes its log to files, which hold no times: leave out --since and --until, or use --last.`,
    )
  const { lines } = query
  const asQuery = { ...(lines === undefined ? {} : { lines }), ...(follow ? { follow } : {}) }
  return client.call('jobLogs', { params, query: asQuery }, world.signal)
}
