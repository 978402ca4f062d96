import type { Clock } from '../../platform/clock.ts'
import type { Occurrence } from '../controllers/events.ts'
import type { Probe } from '../kinds/types.ts'
import type { Brief } from './brief.ts'
import { type ActionDeps, act, type Finding, type ProbeTarget } from './probe-action.ts'
import { createThreshold, type ProbeResult, type Threshold } from './probe-threshold.ts'

interface Round {
  threshold: Threshold
  signal: AbortSignal
}

type ProbeType = 'startup' | 'liveness' | 'readiness'

/** What the probes of a running container say. */
export interface Health {
  started: boolean
  ready: boolean
}

export interface ProbesDeps extends ActionDeps {
  /** By which probes come round. */
  clock: Clock
  /** Told of each probe. */
  brief?: Pick<Brief, 'watch'> | undefined
  /** Aborted when the pod is to end: from then on nothing can make the container start again. */
  stopping: AbortSignal
  changed(health: Health): void
  /** The container is to end, by SIGKILL after so many milliseconds at the latest, where the probe says so itself. */
  kill(type: 'startup' | 'liveness', grace: number | undefined): void
  tell(occurrence: Pick<Occurrence, 'type' | 'reason' | 'message'>): void
}

/** The probes of one run of a container. */
export interface Probes {
  /** Ends them. Resolves when no command of theirs runs any more. */
  stop(): Promise<void>
}

const titles = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' } as const

/** A probe that is not there says yes. */
export const healthAtStart = ({ container }: Pick<ProbeTarget, 'container'>): Health => {
  const started = !isRun(container.startupProbe)
  return { started, ready: started && !isRun(container.readinessProbe) }
}

const isRun = (probe: Probe | undefined): probe is Probe => probe !== undefined && probe.grpc === undefined

/** Looks after a container that has just started: whether it has come up, whether it is to have traffic, whether it lives. */
export function startProbes(target: ProbeTarget, deps: ProbesDeps): Probes {
  const { clock } = deps
  const { container } = target
  const over = new AbortController()
  const begun = Promise.withResolvers<void>()
  const health = healthAtStart(target)

  const set = (change: Partial<Health>): void => {
    Object.assign(health, change)
    deps.changed({ ...health })
  }

  const startedUp = (): void => {
    set({ started: true, ready: !isRun(container.readinessProbe) })
    begun.resolve()
  }

  /** @returns whether the probe is to go on. */
  const conclude: Record<ProbeType, (result: ProbeResult, probe: Probe) => boolean> = {
    startup: (result, probe) => {
      if (result === 'success') startedUp()
      else deps.kill('startup', graceOf(probe))
      return false
    },
    liveness: (result, probe) => {
      if (result === 'failure') deps.kill('liveness', graceOf(probe))
      return result === 'success'
    },
    readiness: result => {
      const ready = result === 'success'
      if (ready !== health.ready) set({ ready })
      return true
    },
  }

  /** @returns what counts of it. */
  const say = (type: ProbeType, { result, output }: Finding): ProbeResult | undefined => {
    const title = titles[type]
    if (result === 'error') {
      const message = `${title} probe errored and resulted in unknown state: ${output}`
      deps.tell({ type: 'Warning', reason: 'Unhealthy', message })
      return undefined
    }
    if (result === 'warning') {
      deps.tell({ type: 'Warning', reason: 'ProbeWarning', message: `${title} probe warning: ${output}` })
    } else if (result === 'failure') {
      deps.tell({ type: 'Warning', reason: 'Unhealthy', message: `${title} probe failed: ${output}` })
    }
    return result === 'failure' ? 'failure' : 'success'
  }

  /** @returns whether to probe again. */
  const once = async (type: ProbeType, probe: Probe, { threshold, signal }: Round): Promise<boolean> => {
    const looking = act({ probe, target, name: type, signal }, deps)
    deps.brief?.watch(looking)
    const finding = await looking
    if (signal.aborted) return false
    const result = say(type, finding)
    const verdict = result && threshold.add(result)
    return verdict === undefined || conclude[type](verdict, probe)
  }

  const repeat = async (type: ProbeType, probe: Probe, signal: AbortSignal): Promise<void> => {
    const round = { threshold: createThreshold(probe), signal }
    await clock.sleep((probe.initialDelaySeconds ?? 0) * 1000, signal)
    if (type !== 'startup') await begun.promise
    for (let time = clock.now(); await once(type, probe, round); time = clock.now()) {
      await clock.sleep(Math.max(0, time + (probe.periodSeconds ?? 10) * 1000 - clock.now()), signal)
    }
  }

  const run = async (type: ProbeType, probe: Probe | undefined): Promise<void> => {
    if (!isRun(probe)) return
    const signal = type === 'readiness' ? over.signal : AbortSignal.any([over.signal, deps.stopping])
    try {
      await repeat(type, probe, signal)
    } catch (error) {
      // A sleep that has been cut short.
      if (!signal.aborted) throw error
    }
  }

  if (health.started) begun.resolve()
  const all = Promise.all([
    run('startup', container.startupProbe),
    run('liveness', container.livenessProbe),
    run('readiness', container.readinessProbe),
  ])
  return {
    stop: async () => {
      over.abort()
      begun.resolve()
      await all
    },
  }
}

const graceOf = ({ terminationGracePeriodSeconds: seconds }: Probe): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000
