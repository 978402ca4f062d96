import { emailsChoices, type HealthCheck, mountChoices } from '../contract/schemas.ts'
import { type LogFiles, readCommand, sameLaunch } from './command.ts'
import { type CompleteJob, type ImageFacts, underHome } from './complete.ts'
import { type GivenJob, setFields } from './given.ts'
import { readHealthCheck } from './health-check.ts'
import { containerName, labelNames, restartedAnnotation, scheduleAnnotation } from './labels.ts'
import { itemsOf, textOf } from './lenient.ts'
import { noHome } from './manifests-pod.ts'
import { actualSchedule } from './schedule.ts'
import type { KubeCronJob, KubeDeployment, KubeJob, KubePod, Workload } from './wire.ts'

/** A job as far as its object alone tells. */
export interface ObjectJob {
  readonly job: GivenJob & Pick<CompleteJob, 'cmd'>
  readonly image: string
  readonly kind: ImageFacts['kind']
  /** The tool's home in its pods, where that is told. */
  readonly home?: string | undefined
  readonly scheduleActual?: string | undefined
  readonly restartedAt?: string | undefined
}

const unknown = 'unknown'

type Template = NonNullable<KubeJob['spec']>['template']
type Container = NonNullable<KubePod['spec']>['containers'][number]

function templateOf({ kind, object }: Workload): Template | undefined {
  return kind === 'cronjobs' ? object.spec?.jobTemplate?.spec?.template : object.spec?.template
}

/** The job that an object runs, whoever made it; where two texts mean the same, the one of `noted` is taken. */
export function readObject(workload: Workload, noted?: GivenJob): ObjectJob {
  const { metadata } = workload.object
  const template = templateOf(workload)
  const containers = itemsOf(template?.spec?.containers)
  const container = containers.find(({ name }) => name === containerName) ?? containers[0]
  const labels = metadata?.labels ?? {}
  const { limits = {}, requests = {} } = container?.resources ?? {}
  const image = textOf(container?.image) || unknown
  const kind = envOf(container, noHome) === undefined ? 'standard' : 'built'
  const home = textOf(container?.workingDir) || envOf(container, 'TOOL_DATA_DIR') || envOf(container, 'HOME')
  const { cmd, files } = commandIn(container, { kind, labels, name: metadata?.name })
  return {
    image,
    kind,
    home,
    ...shownOf(workload, template),
    job: {
      name: metadata?.name ?? unknown,
      imagename: noted?.imagename ?? image,
      cmd: noted?.cmd !== undefined && kind === 'built' && sameLaunch(noted.cmd, cmd) ? noted.cmd : cmd,
      filelog: labels[labelNames.filelog] === 'yes',
      ...setFields({
        memory: limits['memory'] ?? requests['memory'],
        cpu: requests['cpu'] ?? limits['cpu'],
        emails: emailsChoices.find(choice => choice === labels[labelNames.emails]),
        mount: mountChoices.find(choice => choice === labels[labelNames.mount]),
        ...fileFields(files, home),
      }),
      ...typeFields(workload, { container, kind, noted }),
    },
  }
}

function envOf(container: Container | undefined, wanted: string): string | undefined {
  return itemsOf(container?.env).find(({ name }) => name === wanted)?.value
}

/** Of a version before the one that is written today, the service put its files into the command. */
const today = '2'

function commandIn(
  container: Container | undefined,
  { kind, labels, name }: { kind: ImageFacts['kind']; labels: Record<string, string>; name: string | undefined },
): { cmd: string; files?: LogFiles } {
  const isFiled = labels[labelNames.filelog] === 'yes' || labels[labelNames.version] !== today
  const former = isFiled ? (name ?? unknown) : undefined
  return readCommand(container ?? {}, { kind, former }) ?? { cmd: unknown }
}

/** Below the home as users write them. */
function fileFields(files: LogFiles | undefined, home: string | undefined) {
  const within = (path: string) => (home === undefined ? undefined : underHome(path, home)) ?? path
  return files === undefined ? {} : { filelog_stdout: within(files.stdout), filelog_stderr: within(files.stderr) }
}

interface Known {
  readonly container: Container | undefined
  readonly kind: ImageFacts['kind']
  readonly noted: GivenJob | undefined
}

/** What only some types have. */
function typeFields(workload: Workload, known: Known): Pick<GivenJob, 'job_type'> & Partial<GivenJob> {
  switch (workload.kind) {
    case 'jobs':
      return { job_type: 'one-off', ...setFields({ retry: workload.object.spec?.backoffLimit }) }
    case 'cronjobs':
      return scheduledFields(workload.object, known.noted)
    case 'deployments':
      return continuousFields(workload.object, known)
  }
}

function scheduledFields({ metadata, spec }: KubeCronJob, noted: GivenJob | undefined) {
  const run = spec?.jobTemplate?.spec
  const tool = metadata?.labels?.[labelNames.createdBy] ?? ''
  const actual = spec?.schedule ?? unknown
  return {
    job_type: 'scheduled' as const,
    ...setFields({
      retry: run?.backoffLimit,
      timeout: run?.activeDeadlineSeconds ?? run?.template?.spec?.activeDeadlineSeconds,
      timezone: spec?.timeZone,
    }),
    schedule:
      noted === undefined ? (metadata?.annotations?.[scheduleAnnotation] ?? actual) : askedOr(actual, noted, tool),
  }
}

/** The schedule as it was asked for, where the cluster goes by it; else what the cluster goes by. */
function askedOr(actual: string, { name, schedule = '', timezone }: GivenJob, tool: string): string {
  return actualSchedule(schedule, { tool, job: name, timezone }) === actual ? schedule : actual
}

function continuousFields({ spec }: KubeDeployment, { container = { name: '' }, kind, noted }: Known) {
  const [port] = itemsOf(container.ports)
  return {
    job_type: 'continuous' as const,
    ...setFields({
      replicas: spec?.replicas,
      port: port?.containerPort,
      port_protocol: port === undefined ? undefined : port.protocol === 'UDP' ? ('udp' as const) : ('tcp' as const),
      health_check: checkAsNoted(readHealthCheck(container, kind), noted?.health_check),
      publish: noted?.publish,
    }),
  }
}

/** Without a shell a check comes back as words: their text is the user's where that means them. */
function checkAsNoted(read: HealthCheck | undefined, noted: HealthCheck | undefined): HealthCheck | undefined {
  if (read?.type !== 'script' || noted?.type !== 'script') return read
  return sameLaunch(read.script, noted.script) ? noted : read
}

function shownOf(
  workload: Workload,
  template: Template | undefined,
): Pick<ObjectJob, 'scheduleActual' | 'restartedAt'> {
  return {
    ...(workload.kind === 'cronjobs' ? { scheduleActual: workload.object.spec?.schedule } : {}),
    ...(workload.kind === 'deployments' ? { restartedAt: template?.metadata?.annotations?.[restartedAnnotation] } : {}),
  }
}
