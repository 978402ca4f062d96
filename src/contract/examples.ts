import type { OperationId } from './operations.ts'
import type { ApplyRequest } from './plan-schemas.ts'
import type { JobAsSent } from './schemas.ts'

const once: JobAsSent = { name: 'hello', imagename: 'bookworm', cmd: 'echo Hello', emails: 'onfailure' }
const scheduled: JobAsSent = {
  name: 'nightly',
  imagename: 'python3.11',
  cmd: './nightly.py --all',
  schedule: '17 3 * * mon-fri',
  timezone: 'Europe/Berlin',
  memory: '1Gi',
  timeout: 3600,
  retry: 2,
}
const continuous: JobAsSent = {
  name: 'listener',
  imagename: 'node20',
  cmd: 'node listener.js',
  job_type: 'continuous',
  cpu: '250m',
  port: 8080,
  health_check: { type: 'http', path: '/healthz' },
}
const webservice: JobAsSent = {
  name: 'web',
  imagename: 'python3.11',
  cmd: './app.py',
  job_type: 'webservice',
  publish: '/',
}
/** As clients from 16.1.0 to 16.1.15 write a job. */
const withNulls: JobAsSent = {
  name: 'hello',
  imagename: 'bookworm',
  cmd: 'echo Hello',
  schedule: null,
  continuous: false,
  port: null,
  replicas: null,
  filelog: 'True',
  filelog_stdout: null,
  filelog_stderr: null,
  memory: null,
  cpu: null,
  emails: 'none',
  retry: '0',
  mount: 'all',
  health_check: null,
}

const jobs = { once, scheduled, continuous, webservice, withNulls }
const jobsFile: ApplyRequest = { jobs: [scheduled, continuous], prune: false }

/** Bodies of requests as they are usually sent, by operation and what they show. */
export const examples: { readonly [Id in OperationId]?: Readonly<Record<string, unknown>> } = {
  createJob: jobs,
  updateJob: jobs,
  planJobs: { jobsFile },
  applyJobs: { jobsFile },
}
