import type { Endpoint } from '../../contract/endpoints.ts'
import type { Reply } from '../../contract/operations.ts'
import type { ToolOperation } from '../handlers.ts'
import type { Parts } from '../validation.ts'
import { olderJob } from './shapes.ts'

/**
 * Where clients before 16.0.10 ask for an operation, and how they want the answer: without the tool in the path and without
 * anything around the answer. Those up to v13 send forms and know a word for each operation, those after them JSON.
 */
export interface OlderWay<Id extends ToolOperation> {
  readonly id: Id
  readonly method: Endpoint['method']
  readonly paths: readonly string[]
  /** What it takes as a body; undefined for none. */
  readonly body?: 'form' | 'json'
  /** The answer; a stream of lines is passed on as it is. */
  shape(reply: Reply<Id>): unknown
}

/** Up to v12, and from v13 on. */
export const olderPrefixes = ['/api/v1', '/jobs/api/v1'] as const

export const isOlder = (url: string): boolean => olderPrefixes.some(prefix => url.startsWith(`${prefix}/`))

const at = (...paths: string[]): string[] => olderPrefixes.flatMap(prefix => paths.map(path => prefix + path))

/** Clients of all ages take an object without anything in it for done. */
const done = (): object => ({})

const way = <Id extends ToolOperation>(given: OlderWay<Id>): OlderWay<Id> => given

export const olderWays = [
  way({
    id: 'listImages',
    method: 'GET',
    paths: at('/containers', '/images'),
    shape: ({ images }) => images,
  }),
  way({ id: 'showQuota', method: 'GET', paths: at('/quota'), shape: ({ quota }) => quota }),
  way({ id: 'listJobs', method: 'GET', paths: at('/list', '/jobs'), shape: ({ jobs }) => jobs.map(olderJob) }),
  way({ id: 'showJob', method: 'GET', paths: at('/show/:name', '/jobs/:name'), shape: ({ job }) => olderJob(job) }),
  way({ id: 'createJob', method: 'POST', paths: at('/run'), body: 'form', shape: ({ job }) => olderJob(job) }),
  way({ id: 'createJob', method: 'POST', paths: at('/jobs'), body: 'json', shape: ({ job }) => olderJob(job) }),
  way({ id: 'deleteJob', method: 'DELETE', paths: at('/delete/:name', '/jobs/:name'), shape: done }),
  way({ id: 'flushJobs', method: 'DELETE', paths: at('/flush', '/jobs'), shape: done }),
  way({ id: 'restartJob', method: 'POST', paths: at('/restart/:name', '/jobs/:name/restart'), shape: done }),
  way({ id: 'jobLogs', method: 'GET', paths: at('/logs/:name', '/jobs/:name/logs'), shape: lines => lines }),
] as const

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The parts of an older request as today's operation takes them: the tool is the certificate's, and a job whose output is to
 * go nowhere says so by silence.
 */
export function olderParts({ params, query, body }: Parts, tool: string): Parts {
  const filled = isFields(body) ? { filelog: false, ...body } : body
  return { params: { ...(isFields(params) ? params : {}), tool }, query, body: filled }
}
