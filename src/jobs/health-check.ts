import type { HealthCheck } from '../contract/schemas.ts'
import { expanded, launchCommand, literal, textsOf, withoutLauncher } from './command.ts'
import type { CompleteJob, ImageFacts } from './complete.ts'
import type { KubePod } from './wire.ts'
import { joinWords } from './words.ts'

type KubeContainer = NonNullable<KubePod['spec']>['containers'][number]
export type Probe = NonNullable<KubeContainer['livenessProbe']>
export type Probes = Pick<KubeContainer, 'startupProbe' | 'livenessProbe'>

const shell = ['/bin/sh', '-c']
/** A check that is asked for often until it first goes well, for two minutes, and then now and then. */
const starting = { initialDelaySeconds: 0, periodSeconds: 1, failureThreshold: 120, timeoutSeconds: 5 }
const living = { initialDelaySeconds: 0, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 }

/** How the cluster finds out whether a job does its work; nothing where it can only be believed. */
export function probesOf(job: CompleteJob, kind: ImageFacts['kind']): Probes {
  const action = actionOf(job, kind)
  return action === undefined
    ? {}
    : { startupProbe: { ...action, ...starting }, livenessProbe: { ...action, ...living } }
}

/** Without `host`: the cluster itself would make the connection, to any address. */
function actionOf(
  { health_check: check, port, port_protocol }: CompleteJob,
  kind: ImageFacts['kind'],
): Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket'> | undefined {
  if (check?.type === 'script') return { exec: { command: scriptCommand(check.script, kind) } }
  if (port === undefined || port_protocol === 'udp') return undefined
  return check?.type === 'http' ? { httpGet: { path: check.path, port } } : { tcpSocket: { port } }
}

const scriptCommand = (script: string, kind: ImageFacts['kind']): string[] =>
  kind === 'standard' ? [...shell, literal(script)] : launchCommand(script).command

/** The check that a container's probes carry out; undefined where nobody asked for one. */
export function readHealthCheck(
  { startupProbe, livenessProbe }: Probes,
  kind: ImageFacts['kind'],
): HealthCheck | undefined {
  const { exec, httpGet } = livenessProbe ?? startupProbe ?? {}
  if (httpGet?.path !== undefined) return { type: 'http', path: httpGet.path }
  const words = textsOf(exec?.command).map(expanded)
  if (words.length === 0) return undefined
  const [program, flag, script, ...rest] = words
  const isShell = program === shell[0] && flag === shell[1] && rest.length === 0
  if (isShell && script !== undefined) return { type: 'script', script }
  const joined = joinWords(words)
  return { type: 'script', script: kind === 'built' ? withoutLauncher(joined) : joined }
}
