import type { Job } from '../contract/schemas.ts'

/** An entry of a file of jobs: its keys are the long options of `run`. */
export type DumpedJob = Readonly<Record<string, string | number | boolean>>

function fileLog({ filelog }: Job): DumpedJob {
  if (filelog === undefined) return {}
  return filelog ? { filelog: true } : { 'no-filelog': true }
}

function kind({ job_type }: Job): DumpedJob {
  return job_type === 'continuous' || job_type === 'webservice' ? { [job_type]: true } : {}
}

function healthCheck({ health_check: check }: Job): DumpedJob {
  if (check === undefined) return {}
  return check.type === 'script' ? { 'health-check-script': check.script } : { 'health-check-http': check.path }
}

/** A web service's port has no protocol: its client of today would drop it as well. */
function port({ port, port_protocol, job_type }: Job): DumpedJob {
  if (port === undefined) return {}
  return { port: port_protocol === undefined || job_type === 'webservice' ? port : `${port}/${port_protocol}` }
}

function texts(fields: Readonly<Record<string, string | number | undefined>>): DumpedJob {
  const all: Record<string, string | number> = {}
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) all[key] = value
  return all
}

/** A job (without the fields that nobody set) as `load` and the client of today read it. */
export function dumped(job: Job): DumpedJob {
  // A web service is always published, and has no log files: there these are no options.
  const free = job.job_type !== 'webservice'
  return {
    name: job.name,
    ...texts({ command: job.cmd, image: job.imagename }),
    ...kind(job),
    ...texts({ schedule: job.schedule, timezone: job.timezone, timeout: job.timeout }),
    ...port(job),
    ...texts({ replicas: job.replicas, publish: free ? job.publish : undefined }),
    ...healthCheck(job),
    ...texts({ mem: job.memory, cpu: job.cpu, emails: job.emails, mount: job.mount, retry: job.retry }),
    ...(free ? fileLog(job) : {}),
    ...(free ? texts({ 'filelog-stdout': job.filelog_stdout, 'filelog-stderr': job.filelog_stderr }) : {}),
  }
}
