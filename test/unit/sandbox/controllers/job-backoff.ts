import t from 'tap'
import { rfc3339 } from '../../../../src/platform/clock.ts'
import { backoffLeft, nextBackoff, noBackoff } from '../../../../src/sandbox/controllers/job-backoff.ts'
import type { Pod } from '../../../../src/sandbox/kinds/types.ts'

const pod = (finishedAt: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: rfc3339(0) },
  spec: { containers: [] },
  status: {
    containerStatuses: [
      {
        name: 'job',
        image: '',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 1, finishedAt: rfc3339(finishedAt) } },
      },
    ],
  },
})

t.test('10 s after one failure, doubled for each more, 10 minutes at most', async t => {
  t.equal(backoffLeft(noBackoff, 0), 0)
  const left = [1, 2, 3, 4, 5, 6, 7, 20].map(failures => backoffLeft({ failures, lastFailure: 0 }, 0) / 1000)
  t.same(left, [10, 20, 40, 80, 160, 320, 600, 600])
  t.equal(backoffLeft({ failures: 1, lastFailure: 5000 }, 12_000), 3000)
  t.equal(backoffLeft({ failures: 1, lastFailure: 5000 }, 99_000), 0)
})

t.test('failures add up, from the last of them the time runs', async t => {
  const one = nextBackoff(noBackoff, [], [pod(3000), pod(1000)])
  t.same(one, { failures: 2, lastFailure: 3000 })
  t.same(nextBackoff(one, [], []), one)
  t.same(nextBackoff(one, [], [pod(9000)]), { failures: 3, lastFailure: 9000 })
})

t.test('a success ends the row; only failures after it count', async t => {
  const before = { failures: 5, lastFailure: 1000 }
  t.same(nextBackoff(before, [pod(5000)], []), noBackoff)
  t.same(nextBackoff(before, [pod(5000)], [pod(4000), pod(6000)]), { failures: 1, lastFailure: 6000 })
})
