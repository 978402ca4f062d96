import { setImmediate } from 'node:timers/promises'
import type { FollowSource } from '../../src/api/handlers/log-follow-pod.ts'
import type { LogPod, LogSource, PodLogPart } from '../../src/api/handlers/log-pages.ts'
import { DomainError } from '../../src/contract/errors.ts'

/** The beginning of all times here. */
export const start = Date.UTC(2026, 10, 22, 10)

/** A time so many nanoseconds later, as a cluster writes it. */
export function stampAt(nanoseconds: number): string {
  const whole = new Date(start + Math.floor(nanoseconds / 1e9) * 1000).toISOString().slice(0, 19)
  return `${whole}.${String(nanoseconds % 1e9).padStart(9, '0')}Z`
}

/** What a cluster gives of lines with their times in front: from a whole second on, or the last of them. */
export function partOf(lines: readonly string[], { sinceTime = '', tailLines = lines.length }: PodLogPart): string[] {
  const tail = tailLines === 0 ? [] : lines.slice(-tailLines)
  return tail.filter(line => line.slice(0, 19) >= sinceTime.slice(0, 19))
}

export const aLogPod = (uid: string, more: Partial<LogPod> = {}): LogPod => ({
  name: `pod-${uid}`,
  uid,
  container: 'job',
  hasEnded: false,
  ...more,
})

export interface StillLogs extends LogSource {
  /** What was asked of the cluster. */
  readonly asked: object[]
  /** Lines that were taken from it. */
  taken: number
}

/** The logs of pods `u0`, `u1` …, which do not change. */
export function stillLogs(logs: readonly (readonly string[])[]): StillLogs {
  const source: StillLogs = {
    asked: [],
    taken: 0,
    pods: logs.map((_, pod) => aLogPod(`u${pod}`)),
    async *read({ uid }, part) {
      source.asked.push({ uid, ...part })
      for (const line of partOf(logs[Number(uid.slice(1))] ?? [], part)) {
        source.taken++
        yield line
      }
    },
  }
  return source
}

/** What happens to a job: a line is written, a pod begins or ends, all that follow a pod lose their connection, the job ends. */
export type Happening =
  | { what: 'line'; pod: string; after?: number; text: string }
  | { what: 'begin' | 'end' | 'cut' | 'remove'; pod: string }
  | { what: 'over' }
  | { what: 'do'; act: () => void }

interface LivePod {
  readonly lines: string[]
  hasEnded: boolean
  cuts: number
}

/** Milliseconds between two happenings at most; a longer sleep does not end by itself. */
const longest = 2000

const untilAborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))

/** A job to which things happen one after another, one with each sleep of its clock. */
export function livingJob(happenings: readonly Happening[]) {
  const pods = new Map<string, LivePod>()
  const left = [...happenings]
  let now = 0
  let isOver = false
  let changed = Promise.withResolvers<void>()
  const counts = { following: 0, mostFollowing: 0, looks: 0 }

  function happen(next: Happening): void {
    if (next.what === 'over') isOver = true
    else if (next.what === 'do') next.act()
    else if (next.what === 'begin') pods.set(next.pod, { lines: [], hasEnded: false, cuts: 0 })
    else changePod(next, pods.get(next.pod))
    changed.resolve()
    changed = Promise.withResolvers()
  }
  function changePod(next: Happening, pod: LivePod | undefined): void {
    if (pod === undefined) return
    if (next.what === 'remove') pods.delete(next.pod)
    if (next.what === 'end' || next.what === 'remove') pod.hasEnded = true
    if (next.what === 'cut') pod.cuts++
    if (next.what !== 'line') return
    now += next.after ?? 0
    pod.lines.push(`${stampAt(now)} ${next.text}`)
  }

  function podOf(uid: string): LivePod {
    const pod = pods.get(uid)
    if (pod === undefined) throw new DomainError('not_found', 'there is no such pod')
    return pod
  }
  async function* linesOf(uid: string, part: PodLogPart & { follow?: boolean; signal?: AbortSignal }) {
    const pod = podOf(uid)
    const { cuts } = pod
    let given = startOf(pod, part)
    for (;;) {
      for (; given < pod.lines.length; given++) yield* partOf(pod.lines.slice(given, given + 1), part)
      if (!isOpen(pod, part)) return
      if (pod.cuts > cuts) throw new DomainError('unavailable', 'the connection is lost')
      await changedOr(part.signal)
    }
  }
  const startOf = ({ lines }: LivePod, { tailLines = lines.length }: PodLogPart): number =>
    Math.max(0, lines.length - tailLines)
  const isOpen = ({ hasEnded }: LivePod, { follow }: { follow?: boolean }): boolean => follow === true && !hasEnded
  async function changedOr(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    signal?.addEventListener('abort', () => resolve(), { once: true })
    if (signal?.aborted !== true) await Promise.race([changed.promise, promise])
    signal?.throwIfAborted()
  }

  const list = () => [...pods].map(([uid, { hasEnded }]) => aLogPod(uid, { hasEnded }))
  const still: LogSource = {
    get pods() {
      return list()
    },
    read: ({ uid }, part) => linesOf(uid, part),
  }
  const source: FollowSource = {
    async look() {
      counts.looks++
      return { pods: list(), hasEnded: isOver }
    },
    async *read({ uid }, part) {
      if (part.follow) counts.following++
      counts.mostFollowing = Math.max(counts.mostFollowing, counts.following)
      try {
        yield* linesOf(uid, part)
      } finally {
        if (part.follow) counts.following--
      }
    },
  }
  const clock = {
    slept: [] as number[],
    now: () => start + now / 1e6,
    async sleep(milliseconds: number, signal?: AbortSignal) {
      if (milliseconds > longest) return untilAborted(signal)
      await setImmediate()
      signal?.throwIfAborted()
      clock.slept.push(milliseconds)
      const next = left.shift()
      if (next !== undefined) happen(next)
    },
  }
  return { still, source, clock, counts, happen }
}
