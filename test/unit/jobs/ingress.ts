import t from 'tap'
import { Type } from 'typebox'
import { completeJob } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'
import { ingressOf } from '../../../src/jobs/ingress.ts'
import { jobsSettings } from '../../../src/jobs/settings.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const { jobs: settings } = parseConfig(Type.Object({ jobs: jobsSettings }), '')
const tool = { name: 'tf-test', uid: 52_001, gid: 52_001, home: '/data/project/tf-test' }
const ingress = (given: Partial<GivenJob>, publish = settings.publish) => {
  const all: GivenJob = { job_type: 'continuous', name: 'web', imagename: 'i', cmd: './a', ...given }
  return ingressOf({ complete: completeJob(all, { kind: 'standard' }), tool, settings: { ...settings, publish } })
}

t.test('a published job is reached at the public name of its tool', async t => {
  const object = ingress({ port: 8080, publish: '/' })
  t.match(object, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web' } })
  t.strictSame(object?.spec, {
    rules: [
      {
        host: 'tf-test.local',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'job' } } } }],
        },
      },
    ],
  })
  t.ok(ingress({ job_type: 'webservice' }))
})

t.test('domain and class are those of the operator', async t => {
  const object = ingress({ port: 1, publish: '/' }, { domain: 'tools.example.org', ingress_class: 'public' })
  t.match(object?.spec, { ingressClassName: 'public', rules: [{ host: 'tf-test.tools.example.org' }] })
})

t.test('other jobs are not reached from the world', async t => {
  t.equal(ingress({ port: 8080 }), undefined)
  t.equal(ingress({}), undefined)
  t.equal(ingress({ job_type: 'one-off' }), undefined)
})
