import t, { type Test } from 'tap'
import { explain } from '../../src/jobs/explain.ts'
import { type Lists, type Observed, observe } from '../../src/jobs/observed.ts'
import { statusOf } from '../../src/jobs/status.ts'

/** What a cluster shows of one job, and what is to be told about it. */
export interface Situation {
  readonly what: string
  /** RFC 3339. */
  readonly now: string
  readonly nextRuns?: readonly string[]
  readonly lists: Lists
  readonly short: string
  readonly code: string
  /** A regular expression for each message. */
  readonly messages: readonly string[]
  /** What older clients show; not compared where it is left out. */
  readonly old?: string
}

/** One test for each situation: status and explanation say what it says. */
export function checkSituations(situations: readonly Situation[]): void {
  for (const situation of situations) {
    const { what, short, code, lists } = situation
    t.test(`${what}: ${short}, ${code}`, async t => {
      const all = observe(lists)
      t.equal(all.length, 1, 'one job')
      for (const observed of all) checkOne(t, observed, situation)
    })
  }
}

function checkOne(t: Test, observed: Observed, situation: Situation): void {
  const { now, nextRuns, short, code, messages, old } = situation
  const view = { now: Date.parse(now), ...(nextRuns === undefined ? {} : { nextRuns }) }
  const { status, status_short } = statusOf(observed, { ...view, upToDate: true })
  t.equal(status.short, short)
  t.match(
    status.messages,
    messages.map(message => new RegExp(message)),
  )
  t.equal(status.messages.length, messages.length, JSON.stringify(status.messages))
  if (old !== undefined) t.equal(status_short, old)
  const explanation = explain(observed, view)
  t.match(explanation, { short, code })
  t.ok(explanation.findings.length > 0, 'it says what was seen')
}
