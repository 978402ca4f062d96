import { printable } from '../platform/printable.ts'
import { textOf } from './lenient.ts'
import { timeOf } from './observed.ts'
import { ordinaryReasons, type PodFacts, type Reason, said } from './pod-status.ts'
import { type Cause, finding, seenBy } from './status-cause.ts'
import { notStarted } from './status-end.ts'
import { imageCause, isImageReason } from './status-image.ts'
import type { KubeEvent } from './wire.ts'

/** Why a pod's container has not begun: what speaks for itself first, what only events tell last. */
export function waitingCause(pod: PodFacts, events: readonly KubeEvent[]): Cause {
  const { unscheduled, waiting } = pod
  if (unscheduled !== undefined) return seen(pod, unscheduled, notScheduled(unscheduled))
  if (waiting !== undefined && isImageReason(waiting.reason))
    return seen(pod, waiting, imageCause(waiting, textOf(pod.container?.image)))
  if (waiting !== undefined && !ordinaryReasons.includes(waiting.reason)) return seen(pod, waiting, notMade(waiting))
  const trouble = events.find(event => isAbout(pod, event) && isTrouble(textOf(event.reason)))
  if (trouble !== undefined) return ofEvent(pod, trouble)
  return {
    code: 'starting',
    says: 'Its container is being started',
    findings: [finding(`pod/${pod.name}`, 'is starting', pod.made)],
  }
}

export const isAbout = ({ uid }: PodFacts, { involvedObject }: KubeEvent): boolean =>
  uid !== '' && involvedObject?.uid === uid

/** Nodes warn of much that keeps no pod from starting; these do. */
const isTrouble = (reason: string): boolean => reason.startsWith('Failed') || reason === 'NetworkNotReady'

const seen = ({ name, made }: PodFacts, { reason, message }: Reason, cause: Cause): Cause =>
  seenBy(
    cause,
    finding(`pod/${name}`, `waits: ${printable(reason)}${message === '' ? '' : `: ${said(message)}`}`, made),
  )

/** The scheduler has one reason; what is missing is in its words only, volumes as well as room. */
function notScheduled({ reason, message }: Reason): Cause {
  if (reason === 'SchedulingGated')
    return {
      code: 'unschedulable',
      says: 'It is held back from every node by a scheduling gate',
      todo: 'ask whoever set it',
    }
  if (/persistentvolumeclaim|\bpvc\(s\)|persistent volumes to bind/i.test(message))
    return {
      code: 'volume_missing',
      says: `A volume that it needs is not there (${said(message)})`,
      todo: 'it starts when the volume is there; run it without, or tell the administrators',
    }
  const isAboutRoom = /Insufficient |Too many pods/.test(message)
  return {
    code: 'unschedulable',
    says: `No node ${isAboutRoom ? 'has room for' : 'takes'} it now (${said(message)})`,
    todo: isAboutRoom
      ? 'it starts when there is room, and sooner if it asks for less memory or cpu'
      : 'it starts when there is such a node; if it lasts, tell the administrators',
  }
}

/** A container that the node does not get made or started. */
function notMade({ reason, message }: Reason): Cause {
  if (reason === 'RunContainerError') return notStarted(message)
  const says = `Its container cannot be made (${printable(reason)}: ${said(message)})`
  if (reason === 'CreateContainerConfigError' || reason === 'CreateContainerError' || reason === 'PostStartHookError')
    return { code: 'config_error', says, todo: 'delete the job and run it with other settings' }
  return { code: 'start_failed', says, todo: 'if it lasts, tell the administrators' }
}

function ofEvent(pod: PodFacts, event: KubeEvent): Cause {
  const [reason, message] = [textOf(event.reason), textOf(event.message)]
  const says = `Its container cannot start yet: ${said(message)}`
  return seenBy(
    causeOfEvent(reason, message, says),
    finding(`pod/${pod.name}`, `${printable(reason)}: ${said(message)}`, timeOf(event)),
  )
}

function causeOfEvent(reason: string, message: string, says: string): Cause {
  switch (reason) {
    case 'FailedMount':
    case 'FailedAttachVolume':
    case 'FailedMapVolume':
      return {
        code: 'volume_missing',
        says,
        todo: 'a folder that it needs is not there; run it without (--mount none), or tell the administrators',
      }
    case 'FailedScheduling':
      return notScheduled({ reason: 'Unschedulable', message })
    case 'FailedCreatePodSandBox':
    case 'NetworkNotReady':
      return { code: 'cluster_trouble', says, todo: 'it is tried again; if it lasts, tell the administrators' }
    default:
      return { code: 'start_failed', says, todo: 'if it lasts, tell the administrators' }
  }
}
