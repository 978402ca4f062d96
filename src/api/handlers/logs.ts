import { DomainError } from '../../contract/errors.ts'
import type { LogLine } from '../../contract/log-schemas.ts'
import { readableLogs } from '../../jobs/complete.ts'
import { asFlag } from '../../jobs/given.ts'
import { parseWindow, type Window } from '../../jobs/moment.ts'
import { readJob } from '../../jobs/read.ts'
import type { Context, Handlers } from '../handlers.ts'
import { messages } from './deps.ts'
import { type FileLogs, followFiles, lastLines } from './file-logs.ts'
import { followJob } from './log-follow.ts'
import { newestLines } from './log-pages.ts'
import { linesOf, pageOf, urlOf } from './log-query.ts'
import { type Asked, followSource, isOver, sourceOf } from './log-source.ts'
import type { PlacedDeps } from './places.ts'
import { findWorkload } from './workloads.ts'

const nothing = (name: string): DomainError =>
  new DomainError('not_found', `Job '${name}' does not have any logs available`)

export function logHandlers(deps: PlacedDeps): Pick<Handlers, 'jobLogs' | 'logs' | 'logsStream'> {
  const { places, homes, clock } = deps

  async function ask(name: string, context: Context): Promise<Asked> {
    const { place } = await places.toLook(context)
    return { workload: await findWorkload(place, name), name, place }
  }

  /** The logs of the cluster are asked for, which a job that writes to files does not have. */
  async function askCluster(name: string, context: Context): Promise<Asked> {
    const asked = await ask(name, context)
    if (readJob(asked.workload).complete.filelog) throw nothing(name)
    return asked
  }

  /** The lines of a job's pods: those there are, and with `follow` those to come. */
  async function podLines(asked: Asked, { most, window, follow }: Lines): Promise<AsyncIterable<LogLine>> {
    const source = await sourceOf(asked)
    const { lines, read } = await newestLines(source, { most, window })
    if (!follow || (isOver(asked.workload) && lines.length === 0)) {
      if (lines.length === 0) throw nothing(asked.name)
      return streamOf(lines.toReversed())
    }
    const without = new Set(source.pods.filter(({ hasEnded }) => hasEnded).map(({ uid }) => uid))
    const options = { window, read, without, clock, signal: asked.place.signal }
    return chain(lines.toReversed(), followJob(followSource(asked), options))
  }

  async function fileLines(asked: Asked, logs: FileLogs, { most, follow }: Lines): Promise<AsyncIterable<LogLine>> {
    const hasEnded = isOver(asked.workload)
    const { lines, offsets } = await lastLines(logs, { most, unfinished: !follow || hasEnded })
    if (lines.length === 0 && (!follow || hasEnded)) throw nothing(asked.name)
    if (!follow) return streamOf(lines)
    const { look } = followSource(asked)
    const following = { offsets, hasEnded: async () => (await look()).hasEnded, clock, signal: asked.place.signal }
    return chain(lines, followFiles(logs, following))
  }

  return {
    async logs({ params: { name }, query }, context) {
      const asked = await askCluster(name, context)
      const source = await sourceOf(asked)
      const page = await pageOf(source, query, clock.now())
      if (page.lines.length === 0 && query.cursor === undefined) throw nothing(name)
      const { lines, next } = page
      const data = next === undefined ? { logs: [...lines] } : { logs: [...lines], next: { url: urlOf(name, next) } }
      return { data, messages: messages() }
    },

    async logsStream({ params: { name }, query }, context) {
      const now = clock.now()
      const window = parseWindow(query, now)
      const asked = await askCluster(name, context)
      // What is over already is not waited for.
      const follow = !(window.until !== undefined && window.until <= now)
      return podLines(asked, { most: linesOf(query.lines), window, follow })
    },

    async jobLogs({ params: { name }, query }, context) {
      const asked = await ask(name, context)
      const wanted = { most: linesOf(query.lines), window: {}, follow: asFlag(query.follow ?? false) }
      const { complete } = readJob(asked.workload)
      if (!complete.filelog) return podLines(asked, wanted)
      return fileLines(asked, { homes, tool: asked.place.tool, files: readableLogs(complete) }, wanted)
    },
  }
}

interface Lines {
  readonly most: number
  readonly window: Window
  readonly follow: boolean
}

async function* streamOf(lines: readonly LogLine[]): AsyncGenerator<LogLine> {
  yield* lines
}

async function* chain(first: readonly LogLine[], rest: AsyncIterable<LogLine>): AsyncGenerator<LogLine> {
  yield* first
  yield* rest
}
