import { printable } from '../platform/printable.ts'
import { textOf } from './lenient.ts'
import { type PodFacts, type ProcessEnd, type Reason, said } from './pod-status.ts'
import { type Cause, finding, seenBy } from './status-cause.ts'

/** Why pods and their processes ended. */

const signals = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [6, 'SIGABRT'],
  [9, 'SIGKILL'],
  [11, 'SIGSEGV'],
  [15, 'SIGTERM'],
])

const isOneOf =
  (...names: string[]) =>
  (name: string): boolean =>
    names.includes(name)

const isNodeLost = isOneOf('NodeLost', 'DeletionByTaintManager', 'DeletionByPodGC', 'ContainerStatusUnknown')
const isEviction = isOneOf(
  'Evicted',
  'Terminated',
  'NodeShutdown',
  'Preempting',
  'PreemptionByScheduler',
  'EvictionByEvictionAPI',
  'TerminationByKubelet',
)
/** A node that was given the pod would not have it. */
const isNodeRefusal = isOneOf(
  'UnexpectedAdmissionError',
  'OutOfcpu',
  'OutOfmemory',
  'OutOfpods',
  'OutOfephemeral-storage',
  'NodeAffinity',
  'NodePorts',
  'Shutdown',
)

const brackets = ({ reason, message }: Reason): string =>
  [printable(reason), said(message)].filter(text => text !== '').join(': ')

const nodeLost = (why: string): Cause => ({
  code: 'node_lost',
  says: why === '' ? 'The node that ran it was lost' : `The node that ran it was lost (${why})`,
  todo: 'nothing is wrong with the job, so run it again, or start it with --retry so that it is tried again by itself',
})

/** How the cluster ended a pod, whatever its process did; undefined when it did not. */
export function endByCluster(pod: PodFacts): Cause | undefined {
  const { name, reason, message, disruption, end } = pod
  const reasons = [reason, disruption?.reason ?? '', end?.reason ?? '']
  const why = reason === '' ? (disruption ?? { reason, message }) : { reason, message }
  const cause = endRules.map(rule => rule(reasons, why)).find(found => found !== undefined)
  return cause && seenBy(cause, finding(`pod/${name}`, `ended by the cluster: ${brackets(why)}`))
}

/** What ended a pod by its reasons: its own, that of a disruption and its container's. */
type EndRule = (reasons: readonly string[], why: Reason) => Cause | undefined

const endRules: readonly EndRule[] = [
  (reasons, { message }) => (reasons.some(isNodeLost) ? nodeLost(said(message)) : undefined),
  (reasons, why) =>
    reasons.some(isEviction)
      ? {
          code: 'evicted',
          says: `The cluster stopped it to free its node (${brackets(why)})`,
          todo: 'if the node ran out of memory or disk, see that the job writes less and asks for the memory that it needs; else run it again',
        }
      : undefined,
  ([reason]) =>
    reason === 'DeadlineExceeded'
      ? { code: 'deadline_exceeded', says: 'It took longer than the time limit of its pod', todo: 'give it more time' }
      : undefined,
  ([reason = ''], why) =>
    isNodeRefusal(reason)
      ? {
          code: 'cluster_trouble',
          says: `The node that was to run it did not take it (${brackets(why)})`,
          todo: 'run it again; if that does not help, tell the administrators',
        }
      : undefined,
]

/** Why a pod failed. */
export function failureOf(pod: PodFacts): Cause {
  const byCluster = endByCluster(pod)
  if (byCluster !== undefined) return byCluster
  if (pod.end !== undefined) return endOfContainer(pod, pod.end)
  const why = brackets(pod)
  return {
    code: 'cluster_trouble',
    says: `It was stopped by the cluster${why === '' ? ', which does not say why' : ` (${why})`}`,
    todo: 'run it again; if that does not help, tell the administrators',
    findings: [finding(`pod/${pod.name}`, `failed${why === '' ? '' : `: ${why}`}`)],
  }
}

/** Why the process of a pod's container ended. */
export function endOfContainer(pod: PodFacts, end: ProcessEnd): Cause {
  const how = `exit code ${end.code}${end.reason === '' ? '' : ` (${printable(end.reason)})`}`
  return seenBy(causeOf(pod, end), finding(`pod/${pod.name}`, `its process ended with ${how}`, end.finishedAt))
}

function causeOf(pod: PodFacts, end: ProcessEnd): Cause {
  if (end.reason === 'OOMKilled') return outOfMemory(pod)
  if (end.reason === 'StartError' || end.reason === 'ContainerCannotRun') return notStarted(end.message)
  if (isNodeLost(end.reason)) return nodeLost('')
  return exitCause(end.code)
}

/** The memory that a pod's container may use, as it was given; empty where nothing limits it. */
export const memoryLimitOf = ({ container }: PodFacts): string => textOf(container?.resources?.limits?.['memory'])

function outOfMemory(pod: PodFacts): Cause {
  const limit = memoryLimitOf(pod)
  return {
    code: 'out_of_memory',
    says: `Out of memory: it needed more than its limit${limit === '' ? '' : ` of ${printable(limit)}`}`,
    todo: 'run it with more memory',
  }
}

/**
 * Why a container's process could not even begin. The cluster has one reason for all of it (StartError), so that only the
 * container runtime's words, those of the system's own errors, tell one from another.
 */
export function notStarted(message: string): Cause {
  const says = `Its command could not be started (${said(message)})`
  if (/permission denied|exec format error|is a directory/i.test(message))
    return {
      code: 'not_executable',
      says,
      todo: 'make its file executable (chmod +x), with an interpreter that the image has',
    }
  if (/exec: |executable file not found|no such file or directory/i.test(message))
    return { code: 'command_not_found', says, todo: 'check the path of the command and the image' }
  return { code: 'config_error', says, todo: 'check the command and the image' }
}

function exitCause(code: number): Cause {
  const exit = `Exit code ${code}`
  if (code === 126)
    return {
      code: 'not_executable',
      says: `${exit}: the command cannot be executed`,
      todo: 'make its file executable (chmod +x)',
    }
  if (code === 127)
    return {
      code: 'command_not_found',
      says: `${exit}: the command was not found`,
      todo: 'check its path and the image',
    }
  if (code <= 128) return { code: 'exit_code', says: exit, todo: 'its logs may say why' }
  const signal = signals.get(code - 128) ?? `signal ${code - 128}`
  return {
    code: 'exit_code',
    says: `${exit}: it was ended by ${signal}${code === 137 ? ', as happens when memory runs out' : ''}`,
    todo: 'its logs may say why',
  }
}
