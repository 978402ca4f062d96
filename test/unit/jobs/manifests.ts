import t from 'tap'
import { Type } from 'typebox'
import { completeJob } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'
import { type JobToRun, manifestOf } from '../../../src/jobs/manifests.ts'
import { jobsSettings } from '../../../src/jobs/settings.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const { jobs: settings } = parseConfig(Type.Object({ jobs: jobsSettings }), '')
const least: GivenJob = { job_type: 'one-off', name: 'one', imagename: 'python3.11', cmd: './a.sh --x' }
const tool = { name: 'tf-test', uid: 52_001, gid: 52_001, home: '/data/project/tf-test' }

function manifest(given: Partial<GivenJob> = {}, others: Partial<JobToRun> = {}) {
  const job = { ...least, ...given }
  return manifestOf({ given: job, complete: completeJob(job), tool, image: 'registry/x:latest', settings, ...others })
}
const podOf = (...parameters: Parameters<typeof manifest>) => manifest(...parameters).spec?.template.spec
const resourcesOf = (given: Partial<GivenJob>) => podOf(given)?.containers[0]?.resources

t.test('a job is one object that needs nothing else', async t => {
  const labels = {
    toolforge: 'tool',
    'app.kubernetes.io/managed-by': 'toolforge-jobs-framework',
    'app.kubernetes.io/created-by': 'tf-test',
    'app.kubernetes.io/name': 'one',
    'app.kubernetes.io/component': 'jobs',
    'app.kubernetes.io/version': '2',
    'jobs.toolforge.org/emails': 'none',
    'toolforge.org/mount-storage': 'all',
  }
  t.strictSame(manifest({ filelog: false }), {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'one',
      labels,
      annotations: {
        'jobs.toolforge.org/job':
          '{"job_type":"one-off","name":"one","imagename":"python3.11","cmd":"./a.sh --x","filelog":false}',
      },
    },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: 3600,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 15,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsUser: 52_001,
            runAsGroup: 52_001,
            fsGroup: 52_001,
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'job',
              image: 'registry/x:latest',
              command: ['/bin/sh', '-c', '--', './a.sh --x'],
              workingDir: '/data/project/tf-test',
              env: [
                { name: 'HOME', value: '/data/project/tf-test' },
                { name: 'TOOL_DATA_DIR', value: '/data/project/tf-test' },
              ],
              resources: { limits: { cpu: '1000m', memory: '512Mi' }, requests: { cpu: '100m', memory: '512Mi' } },
              securityContext: { allowPrivilegeEscalation: false, privileged: false, capabilities: { drop: ['ALL'] } },
              volumeMounts: [{ name: 'home', mountPath: '/data/project', readOnly: false }],
            },
          ],
          volumes: [{ name: 'home', hostPath: { path: '/data/project', type: 'Directory' } }],
        },
      },
    },
  })
})

t.test('output goes to files below the home unless it was said otherwise', async t => {
  t.strictSame(podOf()?.containers[0]?.args, [
    '/data/project/tf-test/one.out',
    '/data/project/tf-test/one.err',
    './a.sh --x',
  ])
  t.throws(() => manifest({ filelog_stdout: '/etc/passwd' }), { code: 'bad_request' })
})

t.test('retry is the number of attempts after the first', async t => {
  t.equal(manifest({ retry: 3 }).spec?.backoffLimit, 3)
})

t.test(
  'processor: nothing asked means a little for sure and more when there is; what is asked is what is had',
  async t => {
    t.match(resourcesOf({}), { limits: { cpu: '1000m' }, requests: { cpu: '100m' } })
    t.match(resourcesOf({ cpu: '0.1' }), { limits: { cpu: '1000m' }, requests: { cpu: '0.1' } })
    t.match(resourcesOf({ cpu: '2' }), { limits: { cpu: '2' }, requests: { cpu: '2' } })
    t.match(resourcesOf({ cpu: '50m' }), { limits: { cpu: '50m' }, requests: { cpu: '50m' } })
  },
)

t.test('memory: up to 512Mi all of it is set aside, of more the half', async t => {
  t.match(resourcesOf({ memory: '100Mi' }), { limits: { memory: '100Mi' }, requests: { memory: '100Mi' } })
  t.match(resourcesOf({ memory: '0.5Gi' }), { limits: { memory: '0.5Gi' }, requests: { memory: '0.5Gi' } })
  t.match(resourcesOf({ memory: '513Mi' }), { limits: { memory: '513Mi' }, requests: { memory: '262656Ki' } })
  t.match(resourcesOf({ memory: '2Gi' }), { limits: { memory: '2Gi' }, requests: { memory: '1Gi' } })
})

t.test('only uid 0 may run as root', async t => {
  t.equal(podOf({}, { tool: { ...tool, uid: 0, gid: 0 } })?.securityContext?.runAsNonRoot, false)
})

t.test('mounts are those of the operator, none without storage', async t => {
  const mounts = [
    { name: 'home', path: '/data/project', read_only: false },
    { name: 'dumps', path: '/public/dumps', read_only: true },
  ]
  const pod = podOf({}, { settings: { ...settings, mounts } })
  t.strictSame(pod?.containers[0]?.volumeMounts, [
    { name: 'home', mountPath: '/data/project', readOnly: false },
    { name: 'dumps', mountPath: '/public/dumps', readOnly: true },
  ])
  t.equal(pod?.volumes?.length, 2)
  const bare = podOf({ mount: 'none', filelog: false }, { settings: { ...settings, mounts } })
  t.notOk(bare === undefined || 'volumes' in bare)
})
