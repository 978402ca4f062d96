import t from 'tap'
import { createTrouble } from '../../../src/homes/trouble.ts'

const clock = { now: () => 1000, sleep: async () => {} }
const never = new Promise<void>(() => {})
/** Lets what waits for a settled promise run. */
const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('a process that hangs with several homes counts as one that hangs, until it is gone', async t => {
  const trouble = createTrouble({ max_stuck: 2, retry_s: 5 }, clock)
  const gone = Promise.withResolvers<void>()
  trouble.addUnknown(gone.promise)
  t.equal(trouble.hanging(), 1)
  t.equal(trouble.refusal('tool a'), undefined, 'no home is to blame yet')
  trouble.addUnknown(never)
  t.match(trouble.refusal('tool a'), { message: /^Too many homes on the shared disk do not answer/ })
  gone.resolve()
  await turn()
  t.equal(trouble.hanging(), 1)
  t.equal(trouble.refusal('tool a'), undefined)
})

t.test('or until the home is found, which then counts in its place; what comes later of it counts no more', async t => {
  const trouble = createTrouble({ max_stuck: 2, retry_s: 5 }, clock)
  const gone = Promise.withResolvers<void>()
  const found = trouble.addUnknown(gone.promise)
  found()
  trouble.add('tool a', 'disk', never)
  t.equal(trouble.hanging(), 1)
  found()
  gone.resolve()
  await turn()
  t.equal(trouble.hanging(), 1)
})
