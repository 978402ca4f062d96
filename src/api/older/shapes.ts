import type { Job } from '../../contract/schemas.ts'
import { defaultCpu, defaultMemory } from '../../jobs/complete.ts'
import { setFields } from '../../jobs/given.ts'

const unless = <T>(usual: T, value: T): T | undefined => (value === usual ? undefined : value)

/** What they compare with `mount` of a file, which need not say what is usual for its image. */
const usualMount = ({ imagename }: Job): Job['mount'] => (imagename.includes('/') ? 'none' : 'all')

/**
 * A job as clients up to 16.0.9 read it: flags are texts, `continuous` stands there or does not (its presence counts), nothing
 * is null, and what is usual is left out: their `load` deletes and makes again each job that says more than its file.
 */
export function olderJob(job: Job): object {
  const { name, job_type, filelog, health_check } = job
  return {
    name,
    cmd: job.cmd ?? '',
    image: job.imagename,
    image_state: job.image_state,
    filelog: filelog === true ? 'True' : 'False',
    status_short: job.status_short,
    status_long: job.status_long,
    ...setFields({
      filelog_stdout: unless(`${name}.out`, job.filelog_stdout),
      filelog_stderr: unless(`${name}.err`, job.filelog_stderr),
      emails: job.emails,
      retry: job.retry ?? 0,
      mount: unless(usualMount(job), job.mount),
      schedule: job.schedule,
      schedule_actual: job.schedule_actual,
      continuous: job_type === 'continuous' || job_type === 'webservice' ? true : undefined,
      memory: unless(defaultMemory, job.memory),
      cpu: unless(defaultCpu, job.cpu),
      health_check,
      // 16.0.6 compares the file's word with the same word here.
      'health-check-script': health_check?.type === 'script' ? health_check.script : undefined,
    }),
  }
}

/** A refusal as clients from v11 to 16.0.x read it; those before print it as it is. */
export const olderRefusal = (message: string, requestId: string): object => ({
  message: message.replaceAll('\n', '; '),
  data: { request_id: requestId },
})
