import { printable } from '../platform/printable.ts'
import { containerName } from './labels.ts'
import type { KubeEvent, KubePod } from './wire.ts'

/** What a pod does now, and the words for it. */
export interface PodState {
  readonly state: 'waiting' | 'running' | 'ended' | 'lost'
  readonly message?: string
  /** Since when, RFC 3339. */
  readonly since?: string
}

const container = ({ status }: KubePod) => status?.containerStatuses?.find(({ name }) => name === containerName)
const terminated = (pod: KubePod) => container(pod)?.state?.terminated

/** A cluster's text within a sentence of ours: one line, and not endless. */
export const said = (text: string): string => printable(text.trim().replace(/\s+/g, ' ').replace(/\.$/, ''), 300)

export const isEnded = ({ status }: KubePod): boolean => status?.phase === 'Failed' || status?.phase === 'Succeeded'

const since = (time: string | undefined) => (time === undefined ? {} : { since: time })

/** What a pod does; `events` are about it, the newest first. */
export function podState(pod: KubePod, events: readonly KubeEvent[]): PodState {
  const running = container(pod)?.state?.running
  if (pod.status?.phase === 'Unknown' || pod.status?.reason === 'NodeLost')
    return { state: 'lost', message: 'The node that runs it does not answer' }
  if (isEnded(pod) || terminated(pod) !== undefined) return { state: 'ended' }
  if (running !== undefined) return { state: 'running', ...since(running.startedAt) }
  return { state: 'waiting', message: waitingText(pod, events), ...since(pod.metadata?.creationTimestamp) }
}

const imageReasons = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]
const ordinaryReasons = ['', 'ContainerCreating', 'PodInitializing']

function waitingText(pod: KubePod, events: readonly KubeEvent[]): string {
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled?.reason === 'Unschedulable')
    return `No node has room for it now (${said(unscheduled.message ?? '')}); it starts when there is room, and sooner if it asks for less memory or cpu`
  const { reason = '', message = '' } = container(pod)?.state?.waiting ?? {}
  if (imageReasons.includes(reason))
    return `Its image cannot be fetched (${reason}: ${said(message)}); if that lasts, delete the job and run it with another image`
  if (!ordinaryReasons.includes(reason)) return `Its container cannot be made (${printable(reason)}: ${said(message)})`
  const trouble = events.find(event => event.type === 'Warning' && event.involvedObject.uid === pod.metadata?.uid)
  return trouble === undefined
    ? 'Its container is being started'
    : `Its container cannot start yet: ${said(trouble.message ?? '')}`
}

const signals = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [6, 'SIGABRT'],
  [9, 'SIGKILL'],
  [11, 'SIGSEGV'],
  [15, 'SIGTERM'],
])

/** Why a pod failed, and what to do about it; without a full stop. */
export function failureText(pod: KubePod): string {
  const { reason = '', message = '' } = pod.status ?? {}
  const end = terminated(pod)
  if (end === undefined)
    return `It was stopped by the cluster (${printable(reason)}${message === '' ? '' : `: ${said(message)}`})`
  if (end.reason === 'OOMKilled')
    return `Out of memory: it needed more than its limit${limitOf(pod)}; run it with more memory`
  if (end.reason === 'StartError' || end.reason === 'ContainerCannotRun')
    return `Its command could not be started (${said(end.message ?? '')}); check the command and the image`
  if (reason !== '') return `It was stopped by the cluster (${printable(reason)}: ${said(message)})`
  return exitText(end.exitCode)
}

function limitOf({ spec }: KubePod): string {
  const limit = spec?.containers.find(({ name }) => name === containerName)?.resources?.limits?.['memory']
  return limit === undefined ? '' : ` of ${printable(limit)}`
}

function exitText(code: number): string {
  if (code === 126) return 'Exit code 126: the command cannot be executed; make its file executable (chmod +x)'
  if (code === 127) return 'Exit code 127: the command was not found; check its path and the image'
  if (code <= 128) return `Exit code ${code}; its logs may say why`
  const signal = signals.get(code - 128) ?? `signal ${code - 128}`
  return `Exit code ${code}: it was ended by ${signal}${code === 137 ? ', as happens when memory runs out' : ''}`
}

/** Whether a pod's container has begun, so that its log can be read. */
export function hasLog(pod: KubePod): boolean {
  const { running, terminated } = container(pod)?.state ?? {}
  return running !== undefined || terminated !== undefined
}
