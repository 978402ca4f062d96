import { rfc3339 } from '../../platform/clock.ts'
import type { Pod } from '../kinds/types.ts'

type Status = Pod['status']
type Condition = NonNullable<Status['conditions']>[number]
type ContainerStatus = NonNullable<Status['containerStatuses']>[number]
type State = NonNullable<ContainerStatus['state']>

/** One container, as far as its node has come with it. */
export interface ContainerRun {
  name: string
  image: string
  state: State
  lastState: State
  restartCount: number
  /** What its probes say while it runs; absent: yes. */
  started?: boolean
  ready?: boolean
  /** Of the present run, or of the last one; absent before the first. */
  containerID?: string | undefined
}

/** A pod, as far as its node has come with it. */
export interface PodRun {
  containers: readonly ContainerRun[]
  /** RFC 3339. */
  startTime: string
  /** Where pods and the node are reached. */
  address: string
  /** Whether its containers may be made: it has an address. */
  prepared: boolean
  /** No container will run any more, whatever its restart policy says. */
  over: boolean
  /** Why the pod as a whole failed. */
  failure?: { reason: string; message: string } | undefined
}

/** A container that ended and waits to be started again counts as having ended. */
const hasEnded = ({ state, lastState }: ContainerRun): boolean =>
  state.terminated !== undefined || (state.waiting !== undefined && lastState.terminated !== undefined)

export function phaseOf(
  { spec }: Pod,
  { containers, over, failure }: PodRun,
): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  const running = containers.filter(({ state }) => state.running !== undefined).length
  const ended = containers.filter(hasEnded).length
  if (failure !== undefined && running === 0) return 'Failed'
  if (over && running === 0) return allSucceeded(containers) ? 'Succeeded' : 'Failed'
  if (ended + running < containers.length) return 'Pending'
  if (running > 0 || spec.restartPolicy === 'Always') return 'Running'
  if (allSucceeded(containers)) return 'Succeeded'
  return spec.restartPolicy === 'Never' ? 'Failed' : 'Running'
}

const allSucceeded = (containers: readonly ContainerRun[]): boolean =>
  containers.every(({ state }) => state.terminated?.exitCode === 0)

const isStarted = ({ state, started = true }: ContainerRun): boolean => state.running !== undefined && started

const isReady = (run: ContainerRun): boolean => isStarted(run) && (run.ready ?? true)

function containerStatus(run: ContainerRun): ContainerStatus {
  const { name, image, state, lastState, restartCount, containerID } = run
  return {
    name,
    image,
    imageID: containerID === undefined ? '' : image,
    state,
    lastState,
    ready: isReady(run),
    started: isStarted(run),
    restartCount,
    ...(containerID === undefined ? {} : { containerID }),
  }
}

const truth = (value: boolean): 'True' | 'False' => (value ? 'True' : 'False')

type NewCondition = Pick<Condition, 'type' | 'status'> & { reason?: string; message?: string }

function readiness(type: string, phase: string, { containers }: PodRun): NewCondition {
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' }
  const unready = containers.filter(run => !isReady(run)).map(({ name }) => name)
  if (unready.length === 0) return { type, status: 'True' }
  const message = `containers with unready status: [${unready.join(' ')}]`
  return { type, status: 'False', reason: 'ContainersNotReady', message }
}

function conditionsOf(phase: string, run: PodRun): NewCondition[] {
  const over = phase === 'Succeeded' || phase === 'Failed'
  return [
    { type: 'PodReadyToStartContainers', status: truth(run.prepared && !over) },
    { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) },
    readiness('Ready', phase, run),
    readiness('ContainersReady', phase, run),
    { type: 'PodScheduled', status: 'True' },
  ]
}

/** The conditions with the times of those that have not changed. */
function timed(conditions: readonly NewCondition[], pod: Pod, now: number): Condition[] {
  const { generation } = pod.metadata
  return conditions.map(condition => {
    const before = pod.status.conditions?.find(({ type }) => type === condition.type)
    const same = before?.status === condition.status
    return {
      ...condition,
      lastTransitionTime: same && before.lastTransitionTime !== undefined ? before.lastTransitionTime : rfc3339(now),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    }
  })
}

/** What a kubelet would say of the pod. */
export function podStatus(pod: Pod, run: PodRun, now: number): Status {
  const phase = phaseOf(pod, run)
  const { qosClass } = pod.status
  const { generation } = pod.metadata
  return {
    phase,
    ...(qosClass === undefined ? {} : { qosClass }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...run.failure,
    conditions: timed(conditionsOf(phase, run), pod, now),
    containerStatuses: run.containers.map(containerStatus),
    hostIP: run.address,
    hostIPs: [{ ip: run.address }],
    ...(run.prepared ? { podIP: run.address, podIPs: [{ ip: run.address }] } : {}),
    startTime: run.startTime,
  }
}
