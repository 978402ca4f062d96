import t from 'tap'
import { jobEvents } from '../../../../src/api/handlers/events.ts'
import type { Job, JobEvent, JobStatus } from '../../../../src/contract/schemas.ts'
import type { ToolCluster } from '../../../../src/kube/cluster.ts'

const aJob = (name: string, status: Partial<JobStatus>): Job => ({
  name,
  job_type: 'one-off',
  imagename: 'bookworm',
  image_state: 'stable',
  status: { short: 'pending', messages: [], up_to_date: true, ...status },
  status_short: 'x',
  status_long: `for ${status.duration}`,
})

/** The events of jobs that are seen so, one look after another. */
async function eventsOf(looks: readonly (readonly Job[])[]): Promise<string[]> {
  const waiting = [...looks]
  async function* changes() {
    for (const _ of looks) yield
  }
  // Only its changes are looked at.
  const cluster = { changes } as unknown as ToolCluster
  const look = async () => waiting.shift() ?? []
  const all: JobEvent[] = []
  for await (const event of jobEvents({ cluster, look, signal: new AbortController().signal })) all.push(event)
  return all.map(event =>
    event.type === 'gone' ? `${event.name} gone` : `${event.job.name} ${event.job.status.short}`,
  )
}

t.test('each job is told first, then what changes, once, and what is gone', async t => {
  const events = await eventsOf([
    [aJob('a', { duration: '1s' }), aJob('b', {})],
    [aJob('a', { duration: '2s', next_runs: ['x'] }), aJob('b', {})],
    [aJob('a', { short: 'running' }), aJob('b', {})],
    [aJob('a', { short: 'running' })],
    [aJob('a', { short: 'running' }), aJob('b', {})],
  ])
  t.strictSame(events, ['a pending', 'b pending', 'a running', 'b gone', 'b pending'])
})
