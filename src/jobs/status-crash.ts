import { printable } from '../platform/printable.ts'
import { expanded } from './command.ts'
import { countOf, momentOf, momentText, textOf } from './lenient.ts'
import { momentOfEvent } from './observed.ts'
import { type Container, type PodFacts, type ProcessEnd, said } from './pod-status.ts'
import { type Cause, finding, seenBy } from './status-cause.ts'
import { endOfContainer } from './status-end.ts'
import { isAbout } from './status-waiting.ts'
import type { KubeEvent } from './wire.ts'

/** Processes that the node starts again and again, and the health checks that make it do so. */

interface FailedCheck {
  /** `Liveness`, `Readiness` or `Startup`; empty when the cluster's words have changed. */
  readonly probe: string
  /** What the check said. */
  readonly message: string
  /** Milliseconds since 1970, 0 where nobody says. */
  readonly at: number
}

/** The newest failed health check of a pod. That it is one is the event's reason; of what kind is in its words only. */
export function failedCheckOf(pod: PodFacts, events: readonly KubeEvent[]): FailedCheck | undefined {
  const event = events.find(one => one.reason === 'Unhealthy' && isAbout(pod, one))
  if (event === undefined) return undefined
  const [, probe = '', message = ''] = /^(Liveness|Readiness|Startup) probe (?:failed|errored)[^:]*: ?(.*)$/s.exec(
    textOf(event.message),
  ) ?? ['', '', textOf(event.message)]
  return { probe, message, at: momentOfEvent(event) }
}

type Probe = NonNullable<Container['livenessProbe']>

const probesOf = ({ container }: PodFacts): Probe[] =>
  [container?.startupProbe, container?.livenessProbe, container?.readinessProbe].flatMap(probe => probe ?? [])

/** Whether the node would end the process of a pod when a check fails. */
const isGuarded = ({ container }: PodFacts): boolean => Boolean(container?.startupProbe ?? container?.livenessProbe)

function probeText(pod: PodFacts): string {
  const { httpGet, exec } = probesOf(pod)[0] ?? {}
  if (httpGet) return ` (GET ${printable(textOf(httpGet.path) || '/')} on port ${printable(String(httpGet.port))})`
  const command = Array.isArray(exec?.command) ? exec.command.map(textOf).at(-1) : undefined
  return command === undefined ? '' : ` (${printable(expanded(command))})`
}

/** That a health check fails, and what the check itself said. */
export function unhealthy(pod: PodFacts, check: FailedCheck | undefined): Cause {
  const detail = said(check?.message ?? '')
  return {
    code: 'health_check_failing',
    says: `Its health check${probeText(pod)} fails${detail === '' ? '' : `: ${detail}`}`,
    todo: 'see that the job answers it, or change the check',
    findings: [
      finding(
        `pod/${pod.name}`,
        `${check?.probe === undefined || check.probe === '' ? 'a' : `the ${check.probe.toLowerCase()}`} check fails${detail === '' ? '' : `: ${detail}`}`,
        check === undefined || check.at === 0 ? undefined : momentText(check.at),
      ),
    ],
  }
}

/** Milliseconds that may lie between a check's last failure and the end of the process, besides the grace given to it. */
const slack = 15_000
const killed = [137, 143]

/** Whether a process was ended because a check had failed: nothing but the order of things says so. */
function endedByCheck(pod: PodFacts, end: ProcessEnd, check: FailedCheck | undefined): boolean {
  if (end.reason === 'OOMKilled' || !isGuarded(pod) || check?.probe === 'Readiness') return false
  // Events are kept for an hour; who else ends a process of a pod that stays?
  if (killed.includes(end.code)) return true
  const [start, finish] = [momentOf(end.startedAt) ?? 0, momentOf(end.finishedAt) ?? 0]
  const graceSeconds = countOf(probesOf(pod)[0]?.terminationGracePeriodSeconds) || 30
  return (
    check !== undefined && check.at >= start && check.at <= finish && finish - check.at <= graceSeconds * 1000 + slack
  )
}

/** How the process that ran last ended; undefined when none has ended. */
export const lastEndOf = (pod: PodFacts): ProcessEnd | undefined => pod.end ?? pod.lastEnd

/** Why the process of a pod that the node starts again ended the last time; undefined when none has ended. */
export function crashCause(pod: PodFacts, events: readonly KubeEvent[]): Cause | undefined {
  const end = lastEndOf(pod)
  if (end === undefined) return undefined
  const check = failedCheckOf(pod, events)
  if (endedByCheck(pod, end, check))
    return seenBy(
      unhealthy(pod, check),
      finding(`pod/${pod.name}`, `${restartText(pod)}, its process ended`, end.finishedAt),
    )
  const cause = endOfContainer(pod, end)
  if (cause.code !== 'exit_code') return { ...cause, says: `${cause.says} (${restartText(pod)})` }
  const says =
    end.code === 0
      ? `Its command ends (exit code 0) instead of running on (${restartText(pod)})`
      : `It keeps ending: ${lowerFirst(cause.says)} (${restartText(pod)})`
  const todo =
    end.code === 0
      ? 'a continuous job must not end by itself; what runs now and then is a scheduled job'
      : 'its logs may say why'
  return { ...cause, code: 'crash_loop', says, todo }
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

const restartText = ({ restarts }: PodFacts): string =>
  restarts === 0 ? 'not started again yet' : `started again ${restarts === 1 ? 'once' : `${restarts} times`}`
