import t from 'tap'
import { fuzz } from '../../fuzz/fuzz.ts'
import { problemsOf } from '../../fuzz/outcome.ts'
import { haveSchemathesis, howToInstall } from '../../fuzz/schemathesis.ts'
import { missing } from '../../support/programs.ts'

const requests = 2000
/** Two minutes on two cores that have nothing else to do. */
const timeout = 15 * 60_000

t.setTimeout(timeout)
t.test(
  'generated requests get documented answers and no others, and each documented one comes',
  { timeout },
  async t => {
    if (!haveSchemathesis()) return missing(t, howToInstall)
    const outcome = await fuzz(t, { requests, seed: 20_261_122, onlyMain: true })
    t.comment(`${outcome.requests} requests in ${outcome.seconds.toFixed(0)} s`)
    t.strictSame(problemsOf(outcome, requests), [])
  },
)
