import type { NewObject } from '../kind.ts'
import type { CronJob, Job } from '../kinds/types.ts'
import { rfc3339In } from './cron-zone.ts'

export type Reference = NonNullable<CronJob['status']['active']>[number]

/** The name of the run that belongs to a moment: two runs in one minute would have the same. */
export const runName = ({ metadata }: CronJob, moment: number): string =>
  `${metadata.name}-${Math.floor(moment / 60_000)}`

/** The job that a cron job's template describes, ready to be created for a moment (milliseconds since 1970). */
export function runFor(cronJob: CronJob, moment: number): NewObject {
  const { metadata, spec } = cronJob
  const { labels, annotations } = spec.jobTemplate.metadata ?? {}
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: runName(cronJob, moment),
      namespace: metadata.namespace ?? '',
      ...(labels === undefined ? {} : { labels }),
      annotations: {
        ...annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': rfc3339In(moment, spec.timeZone),
      },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: metadata.name,
          uid: metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: spec.jobTemplate.spec,
  }
}

export const referenceTo = ({ apiVersion, kind, metadata }: Job): Reference => ({
  kind,
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid,
  apiVersion,
  resourceVersion: metadata.resourceVersion,
})

export const controllerOf = ({ metadata }: Job) => metadata.ownerReferences?.find(({ controller }) => controller)
