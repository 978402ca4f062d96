import { momentOf, textOf } from './lenient.ts'
import { mainStatus } from './pod-status.ts'
import type { KubePod } from './wire.ts'

/** What a cluster keeps of what the container of a job has written in one pod. */
export interface PodLogFacts {
  readonly container: string
  /**
   * Where the log of the run before the newest is kept too: when that run ended, milliseconds since 1970, or infinity where
   * nobody says.
   */
  readonly previousUntil?: number
  /** Names the newest run once it has ended. */
  readonly endedRun?: string
}

type Ended = NonNullable<NonNullable<ReturnType<typeof mainStatus>>['state']>['terminated'] | null

/** Undefined while no run of the job's container has begun, so that there is no log. */
export function podLogFacts(pod: KubePod): PodLogFacts | undefined {
  const { name: container = '', containerID, state, lastState } = mainStatus(pod) ?? {}
  const last = lastState?.terminated
  if (state?.running) return { container, ...before(last, containerID) }
  const end = newestEnd(state?.terminated, last)
  return end ? { container, endedRun: nameOfRun(end), ...before(last, end.containerID) } : undefined
}

/** Where a run could not even be made, the log is that of the run before. */
const newestEnd = (now: Ended, last: Ended): Ended => (now && (textOf(now.containerID) !== '' || !last) ? now : last)

const before = (last: Ended, newest: string | undefined): Pick<PodLogFacts, 'previousUntil'> =>
  last && last.containerID !== newest
    ? { previousUntil: momentOf(textOf(last.finishedAt)) ?? Number.POSITIVE_INFINITY }
    : {}

const nameOfRun = ({ containerID, finishedAt }: NonNullable<Ended>): string =>
  `${textOf(containerID)} ${textOf(finishedAt)}`
