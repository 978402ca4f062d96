import t from 'tap'
import { Type } from 'typebox'
import { completeJob } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'
import { manifestOf } from '../../../src/jobs/manifests.ts'
import { serviceOf } from '../../../src/jobs/service.ts'
import { jobsSettings } from '../../../src/jobs/settings.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const { jobs: settings } = parseConfig(Type.Object({ jobs: jobsSettings }), '')
const tool = { name: 'tf-test', uid: 52_001, gid: 52_001, home: '/data/project/tf-test' }
const job = (given: Partial<GivenJob>) => {
  const all: GivenJob = { job_type: 'continuous', name: 'web', imagename: 'i', cmd: './a', ...given }
  const complete = completeJob(all, { kind: 'standard' })
  return { given: all, complete, tool, image: 'registry/i', kind: 'standard' as const, settings }
}

t.test('a job with a port is reached at it under its own name', async t => {
  const service = serviceOf(job({ port: 8080, emails: 'all' }))
  t.match(service, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } })
  t.strictSame(service?.spec, {
    type: 'ClusterIP',
    selector: {
      toolforge: 'tool',
      'app.kubernetes.io/managed-by': 'toolforge-jobs-framework',
      'app.kubernetes.io/created-by': 'tf-test',
      'app.kubernetes.io/component': 'deployments',
      'app.kubernetes.io/name': 'web',
    },
    ports: [{ name: 'job', port: 8080, targetPort: 'job', protocol: 'TCP' }],
  })
  t.match(serviceOf(job({ port: 53, port_protocol: 'udp' }))?.spec?.ports, [{ port: 53, protocol: 'UDP' }])
  t.match(serviceOf(job({ job_type: 'webservice' }))?.spec?.ports, [{ port: 8000 }])
})

t.test('a job without a port is not reached', async t => {
  t.equal(serviceOf(job({})), undefined)
  t.equal(serviceOf(job({ job_type: 'one-off' })), undefined)
})

t.test('a Service finds the pods of its job, at the port of that name', async t => {
  const asked = job({ port: 8080 })
  const { kind, object } = manifestOf(asked)
  if (kind !== 'deployments') throw new Error(kind)
  const { metadata, spec } = object.spec?.template ?? {}
  const service = serviceOf(asked)
  t.match(metadata?.labels, service?.spec?.selector)
  t.equal(spec?.containers[0]?.ports?.[0]?.name, service?.spec?.ports?.[0]?.targetPort)
})
