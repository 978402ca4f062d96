/**
 * Where each operation is on the wire. Apart from the schemas, so that a client which only calls (the command line, a
 * browser) does not load a schema library first: that is three times a command line's own start.
 */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** All paths that mean this operation, the one to document first; each also works with a slash behind it. */
  readonly paths: readonly [string, ...string[]]
  readonly status: 200 | 201
  /** `json`: one object. `lines`: one JSON object a line, until the end. `events`: server-sent events. `text`: as it is. */
  readonly format: 'json' | 'lines' | 'events' | 'text'
}

/** The last is that of 16.0.12 alone. */
const jobs = <const P extends string>(path: P) =>
  [
    `/jobs/v1/tool/:tool${path}`,
    `/v1/tool/:tool${path}`,
    `/jobs/api/v1/tool/:tool${path}`,
  ] as const satisfies readonly string[]
const logs = <const P extends string>(path: P) => [`/logs/v1/tool/:tool${path}`] as const

const read = { method: 'GET', status: 200, format: 'json' } as const
const remove = { ...read, method: 'DELETE' } as const

export const endpoints = {
  listImages: { ...read, paths: jobs('/images') },
  // The singular is that of 16.0.12 to 16.0.14.
  showQuota: { ...read, paths: [...jobs('/quotas'), ...jobs('/quota')] },
  listJobs: { ...read, paths: jobs('/jobs') },
  createJob: { method: 'POST', paths: jobs('/jobs'), status: 201, format: 'json' },
  updateJob: { method: 'PATCH', paths: jobs('/jobs'), status: 200, format: 'json' },
  flushJobs: { ...remove, paths: jobs('/jobs') },
  showJob: { ...read, paths: jobs('/jobs/:name') },
  deleteJob: { ...remove, paths: jobs('/jobs/:name') },
  restartJob: { method: 'POST', paths: jobs('/jobs/:name/restart'), status: 200, format: 'json' },
  explainJob: { ...read, paths: jobs('/jobs/:name/explain') },
  planJobs: { method: 'POST', paths: jobs('/plan'), status: 200, format: 'json' },
  applyJobs: { method: 'POST', paths: jobs('/apply'), status: 200, format: 'json' },
  events: { ...read, paths: jobs('/events'), format: 'events' },
  jobLogs: { ...read, paths: jobs('/jobs/:name/logs'), format: 'lines' },
  logs: { ...read, paths: logs('/job/:name/logs') },
  logsStream: { ...read, paths: logs('/job/:name/logs_stream'), format: 'lines' },
  health: { ...read, paths: ['/healthz', '/jobs/v1/healthz', '/logs/v1/healthz'] },
  openapi: { ...read, paths: ['/openapi.json', '/jobs/openapi.json', '/logs/openapi.json'] },
  metrics: { ...read, paths: ['/jobs/v1/metrics'], format: 'text' },
} as const satisfies Record<string, Endpoint>
