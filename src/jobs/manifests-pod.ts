import { commandOf } from './command.ts'
import { logFilesOf } from './complete.ts'
import { probesOf } from './health-check.ts'
import { containerName } from './labels.ts'
import type { JobToRun } from './manifests.ts'
import { resourcesOf } from './resources.ts'
import { portName, portProtocolOf } from './service.ts'
import type { KubePod } from './wire.ts'

type PodSpec = NonNullable<KubePod['spec']>
type Container = PodSpec['containers'][number]

/** Seconds between SIGTERM and SIGKILL. */
export const graceSeconds = 15

/** In the environment of a build-service image, which keeps the home of its own. */
export const noHome = 'NO_HOME'

/** A job's pod but for its restart policy. */
export function podSpecOf(job: JobToRun): PodSpec {
  const { complete, tool, settings } = job
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
    containers: [containerOf(job)],
    ...(mounts.length === 0
      ? {}
      : { volumes: mounts.map(({ name, path }) => ({ name, hostPath: { path, type: 'Directory' } })) }),
  }
}

function containerOf({ complete, tool, image, kind, settings }: JobToRun): Container {
  const { port } = complete
  const mounts = complete.mount === 'all' ? settings.mounts : []
  return {
    name: containerName,
    image,
    ...commandOf(complete.cmd, { kind, files: logFilesOf(complete, tool.home) }),
    ...(kind === 'standard' ? { workingDir: tool.home } : {}),
    env: [
      kind === 'standard' ? { name: 'HOME', value: tool.home } : { name: noHome, value: 'true' },
      { name: 'TOOL_DATA_DIR', value: tool.home },
      ...(port === undefined ? [] : [{ name: 'PORT', value: String(port) }]),
    ],
    ...(port === undefined
      ? {}
      : { ports: [{ name: portName, containerPort: port, protocol: portProtocolOf(complete) }] }),
    ...probesOf(complete, kind),
    resources: resourcesOf(complete, settings),
    securityContext: { allowPrivilegeEscalation: false, privileged: false, capabilities: { drop: ['ALL'] } },
    ...(mounts.length === 0
      ? {}
      : {
          volumeMounts: mounts.map(({ name, path, read_only }) => ({ name, mountPath: path, readOnly: read_only })),
        }),
  }
}
