import { writeFile } from 'node:fs/promises'
import { CliError, exitCodes, whyUnreadable } from '../failure.ts'
import { dumped } from '../job-dump.ts'
import type { Session } from '../session.ts'
import { jsonText, yamlText } from '../structured.ts'

export interface DumpOptions {
  readonly toFile?: string
  readonly output: 'yaml' | 'json'
}

/** `dump`: all jobs as a file that `load` reads, with what was set and nothing else. */
export async function dump({ tool, client, output, world }: Session, options: DumpOptions): Promise<number> {
  const { toFile } = options
  const query = { include_unset: false }
  const { jobs, messages } = await client.call('listJobs', { params: { tool }, query }, world.signal)
  output.messages(messages, 'structured')
  if (jobs.length === 0) {
    output.warning(`no jobs defined${toFile === undefined ? '' : `, file ${toFile} will not be created`}`)
    return exitCodes.done
  }
  const entries = jobs.map(dumped)
  const text = options.output === 'json' ? jsonText(entries, 2) : await yamlText(entries)
  if (toFile === undefined) output.data(text)
  else await written(toFile, `${text}\n`)
  return exitCodes.done
}

async function written(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    throw new CliError(`${file}: could not be written: ${whyUnreadable(error, 'write')}`, { cause: error })
  }
}
