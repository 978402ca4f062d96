import { shellCommand } from './command.ts'
import { type CompleteJob, defaultCpu, logFilesOf } from './complete.ts'
import type { GivenJob } from './given.ts'
import { containerName, jobAnnotation, labelsOf } from './labels.ts'
import { halfOf, quantity, sameQuantity } from './quantities.ts'
import type { JobsSettings } from './settings.ts'
import type { KubeJob } from './wire.ts'

/** A tool as its jobs' pods need it. */
export interface ToolAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Absolute path, the same in the pod. */
  readonly home: string
}

export interface JobToRun {
  readonly given: GivenJob
  readonly complete: CompleteJob
  readonly tool: ToolAccount
  /** As a pod's `image` names it. */
  readonly image: string
  readonly settings: JobsSettings
}

/** Seconds between SIGTERM and SIGKILL. */
export const graceSeconds = 15

/** Memory up to this is set aside as a whole, of more the half. */
const wholeMemory = quantity('512Mi')

/**
 * The one object that runs a job, with all that its pod needs on a bare cluster.
 * @throws DomainError bad_request when a log file would lie outside the tool's home.
 */
export function manifestOf(job: JobToRun): KubeJob {
  switch (job.given.job_type) {
    case 'one-off':
      return oneOff(job)
  }
}

function oneOff(job: JobToRun): KubeJob {
  const { given, complete, tool, settings } = job
  const labels = labelsOf(tool.name, complete)
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: given.name, labels, annotations: { [jobAnnotation]: JSON.stringify(given) } },
    spec: {
      backoffLimit: complete.retry,
      ttlSecondsAfterFinished: settings.keep_finished_s,
      template: { metadata: { labels }, spec: { restartPolicy: 'Never', ...podSpec(job) } },
    },
  }
}

function podSpec({ complete, tool, image, settings }: JobToRun) {
  const mounts = complete.mount === 'all' ? settings.mounts : []
  return {
    terminationGracePeriodSeconds: graceSeconds,
    // A tool's own certificate is in its home; its pods get no other way in.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsUser: tool.uid,
      runAsGroup: tool.gid,
      fsGroup: tool.gid,
      runAsNonRoot: tool.uid !== 0,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: containerName,
        image,
        ...shellCommand(complete.cmd, logFilesOf(complete, tool.home)),
        workingDir: tool.home,
        env: [
          { name: 'HOME', value: tool.home },
          { name: 'TOOL_DATA_DIR', value: tool.home },
        ],
        resources: resourcesOf(complete, settings),
        securityContext: { allowPrivilegeEscalation: false, privileged: false, capabilities: { drop: ['ALL'] } },
        ...(mounts.length === 0
          ? {}
          : {
              volumeMounts: mounts.map(({ name, path, read_only }) => ({ name, mountPath: path, readOnly: read_only })),
            }),
      },
    ],
    ...(mounts.length === 0
      ? {}
      : { volumes: mounts.map(({ name, path }) => ({ name, hostPath: { path, type: 'Directory' } })) }),
  }
}

/** What a job gets and what is set aside for it. */
export function resourcesOf({ cpu, memory }: CompleteJob, settings: JobsSettings) {
  const asked = quantity(memory)
  return {
    limits: { cpu: sameQuantity(cpu, defaultCpu) ? settings.cpu_limit : cpu, memory },
    requests: { cpu, memory: asked <= wholeMemory ? memory : halfOf(memory, asked) },
  }
}
