import { readFile } from 'node:fs/promises'
import { CliError, whyUnreadable } from './failure.ts'
import { type FileJob, readJobFile } from './job-file.ts'
import { jobName } from './names.ts'
import type { World } from './world.ts'

/** Where the jobs of a plan come from. */
export interface Source {
  /** `-` is the standard input. */
  readonly file: string
  /** Only these; undefined for all. */
  readonly only: readonly string[] | undefined
}

/** The jobs of a file, in its order. @throws CliError */
export async function jobsOf({ stdin }: World, { file, only }: Source): Promise<FileJob[]> {
  const shown = file === '-' ? 'standard input' : file
  const jobs = readJobFile(file === '-' ? await textFrom(stdin) : await textOf(file), shown)
  if (only === undefined) return jobs
  const names = new Set(only.map(jobName))
  for (const name of names) {
    if (!jobs.some(({ job }) => job.name === name)) throw new CliError(`${shown}: has no job "${name}"`)
  }
  return jobs.filter(({ job }) => names.has(job.name))
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError(`${file}: ${whyUnreadable(error)}`, { cause: error })
  }
}

async function textFrom(stream: World['stdin']): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
