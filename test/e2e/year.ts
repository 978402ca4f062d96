import t from 'tap'
import { homesRoot } from '../support/tool-home.ts'
import { liveDays } from '../support/year.ts'

const limit = 600_000
t.setTimeout(limit)

t.test('a year with 300 tools: certificates are renewed in time, none needlessly, and access never lapses', async t => {
  const seen = await liveDays({ folder: homesRoot(t), tools: 300, days: 365 }, AbortSignal.timeout(limit))
  t.same(seen.wrong, [])
  const [least, most] = [Math.min(...seen.certificates), Math.max(...seen.certificates)]
  t.ok(least === 6 && most <= 7, `${least} to ${most} certificates for each tool`)
  const all = seen.certificates.reduce((sum, count) => sum + count, 0)
  t.equal(seen.asked, all, 'no certificate was asked for that nobody saw')
  t.same(seen.log, [], 'nothing was worth a warning')
  t.comment(`${seen.seconds.all.toFixed(1)} s in all, ${seen.seconds.first.toFixed(1)} s of them for the first pass`)
})
