import t from 'tap'
import { createMetrics } from '../../../src/api/metrics.ts'

const gauges = {
  connections: () => 3,
  streams: () => 2,
  requests: () => 1,
  helpers: () => 5,
  clusters: () => 4,
  views: () => undefined,
}

t.test('everybody sees the version and the request counts, and no more', async t => {
  const metrics = createMetrics('1.2.3', gauges)
  metrics.observe({ operation: 'listJobs', status: 200, seconds: 0.01 })
  metrics.observe({ operation: 'logsStream', status: 200 })
  const text = await metrics.open()
  const samples = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  t.same(samples, [
    'jobs_api_info{version="1.2.3"} 1',
    'jobs_api_requests_total{operation="listJobs",status="200"} 1',
    'jobs_api_requests_total{operation="logsStream",status="200"} 1',
  ])
})

t.test('operators see all, and a stream has no duration', async t => {
  const metrics = createMetrics('1.2.3', gauges)
  metrics.observe({ operation: 'listJobs', status: 200, seconds: 0.01 })
  metrics.observe({ operation: 'logsStream', status: 200 })
  metrics.handshakeFailed()
  const text = await metrics.all()
  for (const sample of [
    'jobs_api_connections 3',
    'jobs_api_streams 2',
    'jobs_api_requests_in_flight 1',
    'jobs_api_cluster_connections 4',
    'jobs_api_home_helpers 5',
    'jobs_api_handshake_failures_total 1',
    'jobs_api_request_seconds_count{operation="listJobs"} 1',
  ])
    t.ok(text.split('\n').includes(sample), sample)
  t.notMatch(text, /request_seconds_count\{operation="logsStream"/)
})

t.test('two instances count apart', async t => {
  const [one, two] = [createMetrics('1', gauges), createMetrics('2', gauges)]
  one.handshakeFailed()
  t.match(await two.all(), /handshake_failures_total 0/)
})
