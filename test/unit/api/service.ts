import t from 'tap'
import { jobsApiConfig } from '../../../src/api/config.ts'
import { createJobsApi } from '../../../src/api/service.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { ConfigError, parseConfig } from '../../../src/platform/config.ts'
import { quietLog } from '../../../src/platform/log.ts'

// That it starts, serves and stops is looked at over real connections in test/contract/api.

const files = { client_ca_file: '/nowhere/ca', certificate_file: '/nowhere/crt', key_file: '/nowhere/key' }
const create = (settings: object = {}) =>
  createJobsApi(parseConfig(jobsApiConfig, JSON.stringify({ listener: files, ...settings })), {
    clock: systemClock,
    log: quietLog,
  })

t.test('only the three files must be set, and making the service does no I/O', async t => {
  t.doesNotThrow(() => create())
  t.throws(() => parseConfig(jobsApiConfig, '{}'), { message: /listener/ })
})

t.test('settings that contradict each other are refused before anything starts', async t => {
  t.throws(() => create({ shutdown: { drain_ms: 5000, limit_ms: 5000 } }), ConfigError)
  t.throws(() => create({ listener: { ...files, proxy_port: 0, proxy_peers: ['nonsense'] } }), ConfigError)
})

t.test('a service that never started stops at once, and again', async t => {
  const service = create()
  await t.resolves(service.stop())
  await t.resolves(service.stop())
})
