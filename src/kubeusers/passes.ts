import type { Directory } from '../directory/directory.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { Engine, PassReport } from './engine.ts'
import type { Metrics } from './metrics.ts'

export interface PassesDeps {
  readonly engine: Engine
  readonly directory: Directory
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Logger
  /** Milliseconds between passes. */
  readonly every: number
  /** Before each pass: what operators have written may have changed. */
  readonly refresh: () => void
  /** After a pass in which all could be read. */
  readonly passed: (report: PassReport) => void
}

/** Something that is waited for, or asked for in between. */
function createBell(clock: Clock) {
  let ring = Promise.withResolvers<void>()
  return {
    ring: (): void => ring.resolve(),
    async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
      const late = new AbortController()
      const either = AbortSignal.any([signal, late.signal])
      await Promise.race([ring.promise, clock.sleep(milliseconds, either).catch(() => {})])
      late.abort()
      ring = Promise.withResolvers()
    },
  }
}

/** A line a pass that did something, and a warning for each thing that people must look at. */
function tell({ plan, failed, done, seconds }: PassReport, log: Logger): void {
  const level = done > 0 || failed.length > 0 ? 'info' : 'debug'
  const { served, listed } = plan.evidence
  log[level]({ done, failed: failed.length, served, listed, seconds }, 'a pass')
  if (plan.frozen.length > 0) log.warn({ reasons: plan.frozen }, 'frozen: nothing is taken away for absence')
  const { waiting } = plan
  if (waiting !== undefined && plan.frozen.length === 0)
    log.warn(
      { hash: waiting.hash, removals: waiting.removals.length, reasons: waiting.reasons },
      'removals wait for an operator: `kubeusers waiting` shows them, `kubeusers confirm HASH` agrees',
    )
}

/** Passes at regular times, and when many accounts have changed; single changes of accounts at once. Ends with the signal. */
export async function runPasses(deps: PassesDeps, signal: AbortSignal): Promise<void> {
  const { engine, directory, metrics, clock, log, every } = deps
  const bell = createBell(clock)

  async function follow(): Promise<void> {
    for await (const _ of directory.changes({ signal })) {
      try {
        if (engine.listed(await directory.read({ signal })) === 'pass') bell.ring()
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'the directory cannot be read')
      }
    }
  }

  async function passes(): Promise<void> {
    while (!signal.aborted) {
      const began = clock.now()
      try {
        deps.refresh()
        const report = await engine.pass()
        tell(report, log)
        deps.passed(report)
      } catch (error) {
        if (signal.aborted) return
        metrics.passFailed()
        log.error({ err: error }, 'a pass failed: something could not be read, and nothing was done')
      }
      await bell.wait(Math.max(0, every - (clock.now() - began)), signal)
    }
  }

  await Promise.all([passes(), follow()])
}
