import t from 'tap'
import { asNew, inPlaceOf } from '../../../../src/api/handlers/next-object.ts'
import type { KubeDeployment, KubeJob, Workload } from '../../../../src/jobs/wire.ts'
import { aCronJob } from '../../../support/job-objects.ts'

const deployment = (annotations: Record<string, string> = {}, resourceVersion?: string): Workload => {
  const object: KubeDeployment = {
    metadata: {
      name: 'bot',
      ...(resourceVersion === undefined ? {} : { resourceVersion, uid: 'u', generation: 3 }),
      labels: { a: 'b' },
      annotations: { note: 'x' },
    },
    spec: { selector: {}, template: { metadata: { labels: { a: 'b' }, annotations } } },
    status: { replicas: 1 },
  }
  return { kind: 'deployments', object }
}

t.test('the next object stands for a version, and keeps when its pods were restarted', async t => {
  const present = deployment({ 'app.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z', other: 'x' }, '7')
  const next = inPlaceOf(present, deployment())
  t.match(next.object.metadata, { name: 'bot', resourceVersion: '7' })
  t.same(next.kind === 'deployments' && next.object.spec?.template.metadata, {
    labels: { a: 'b' },
    annotations: { 'app.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' },
  })
  const kubectl = inPlaceOf(deployment({ 'kubectl.kubernetes.io/restartedAt': 'x' }, '8'), deployment())
  t.match(kubectl.object, {
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'x' } } } },
  })
  const { metadata, ...rest } = aCronJob()
  const cronjob: Workload = { kind: 'cronjobs', object: { ...rest, metadata: { ...metadata, resourceVersion: '3' } } }
  t.match(inPlaceOf(cronjob, { kind: 'cronjobs', object: aCronJob() }).object, {
    metadata: { name: 'two', resourceVersion: '3' },
  })
})

t.test('an object to be made again is without what the cluster wrote', async t => {
  t.same(asNew(deployment({}, '7')).object, {
    metadata: { name: 'bot', labels: { a: 'b' }, annotations: { note: 'x' } },
    spec: { selector: {}, template: { metadata: { labels: { a: 'b' }, annotations: {} } } },
  })
  const job: KubeJob = {
    metadata: { name: 'one', uid: 'u' },
    spec: {
      backoffLimit: 2,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
      template: {
        metadata: {
          labels: {
            own: 'x',
            'controller-uid': 'u',
            'job-name': 'one',
            'batch.kubernetes.io/controller-uid': 'u',
            'batch.kubernetes.io/job-name': 'one',
          },
        },
      },
    },
    status: { active: 1 },
  }
  t.same(asNew({ kind: 'jobs', object: job }).object, {
    metadata: { name: 'one', labels: {}, annotations: {} },
    spec: { backoffLimit: 2, template: { metadata: { labels: { own: 'x' } } } },
  })
})
