import fc from 'fast-check'
import t from 'tap'
import type { HealthCheck } from '../../../src/contract/schemas.ts'
import { completeJob } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'
import { probesOf, readHealthCheck } from '../../../src/jobs/health-check.ts'

type Kind = 'standard' | 'built'
const probes = (given: Partial<GivenJob>, kind: Kind = 'standard') =>
  probesOf(completeJob({ job_type: 'continuous', name: 'web', imagename: 'i', cmd: './a', ...given }, { kind }), kind)

t.test('a job is asked often while it starts, and now and then afterwards', async t => {
  t.strictSame(probes({ port: 80 }), {
    startupProbe: {
      tcpSocket: { port: 80 },
      initialDelaySeconds: 0,
      periodSeconds: 1,
      failureThreshold: 120,
      timeoutSeconds: 5,
    },
    livenessProbe: {
      tcpSocket: { port: 80 },
      initialDelaySeconds: 0,
      periodSeconds: 10,
      failureThreshold: 3,
      timeoutSeconds: 5,
    },
  })
})

t.test('what is asked is what the user said, else whether the port answers', async t => {
  const action = (given: Partial<GivenJob>, kind?: Kind) => probes(given, kind).livenessProbe
  t.match(action({ health_check: { type: 'script', script: 'test $X' } })?.exec, {
    command: ['/bin/sh', '-c', 'test $$X'],
  })
  t.match(action({ health_check: { type: 'script', script: `check 'a b'` } }, 'built')?.exec, {
    command: ['launcher', 'check', 'a b'],
  })
  t.strictSame(action({ port: 80, health_check: { type: 'http', path: '/h?a=b' } })?.httpGet, {
    path: '/h?a=b',
    port: 80,
  })
  t.ok(action({ port: 80, port_protocol: 'udp', health_check: { type: 'script', script: 'a' } })?.exec)
  t.strictSame(probes({ port: 80, port_protocol: 'udp' }), {})
  t.strictSame(probes({}), {})
})

t.test('no probe names a host, or the cluster would connect to any address for a tool', async t => {
  const path = 'http://169.254.169.254/latest'
  t.notMatch(JSON.stringify(probes({ port: 80, health_check: { type: 'http', path } })), '"host"')
})

t.test('a check is read back as it was given', async t => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(text => text.trim() !== '')
  fc.assert(
    fc.property(text, fc.constantFrom('script', 'http'), (text, type) => {
      const health_check: HealthCheck = type === 'http' ? { type, path: text } : { type: 'script', script: text }
      const read = readHealthCheck(probes({ port: 80, health_check }), 'standard')
      return JSON.stringify(read) === JSON.stringify(health_check)
    }),
  )
  t.strictSame(readHealthCheck(probes({ health_check: { type: 'script', script: `check 'a b'` } }, 'built'), 'built'), {
    type: 'script',
    script: `check 'a b'`,
  })
  t.equal(readHealthCheck(probes({ port: 80 }), 'standard'), undefined)
  t.equal(readHealthCheck({}, 'standard'), undefined)
})
