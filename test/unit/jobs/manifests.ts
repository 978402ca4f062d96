import t from 'tap'
import { Type } from 'typebox'
import { completeJob, type ImageFacts } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'
import { type JobToRun, manifestOf, manualRun } from '../../../src/jobs/manifests.ts'
import { jobsSettings } from '../../../src/jobs/settings.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const { jobs: settings } = parseConfig(Type.Object({ jobs: jobsSettings }), '')
const least: GivenJob = { job_type: 'one-off', name: 'one', imagename: 'python3.11', cmd: './a.sh --x' }
const tool = { name: 'tf-test', uid: 52_001, gid: 52_001, home: '/data/project/tf-test' }

const standard: ImageFacts = { kind: 'standard' }
const built: ImageFacts = { kind: 'built' }

function workload(given: Partial<GivenJob> = {}, { kind = 'standard', ...others }: Partial<JobToRun> = {}) {
  const job = { ...least, ...given }
  const complete = completeJob(job, kind === 'standard' ? standard : built)
  return manifestOf({ given: job, complete, tool, image: 'registry/x:latest', kind, settings, ...others })
}
function manifest(...parameters: Parameters<typeof workload>) {
  const made = workload(...parameters)
  if (made.kind !== 'jobs') throw new Error(`no job but ${made.kind}`)
  return made.object
}
function cronJob(...[given, others]: Parameters<typeof workload>) {
  const made = workload({ job_type: 'scheduled', schedule: '@daily', ...given }, others)
  if (made.kind !== 'cronjobs') throw new Error(`no scheduled job but ${made.kind}`)
  return made.object
}
function deployment(...[given, others]: Parameters<typeof workload>) {
  const made = workload({ job_type: 'continuous', ...given }, others)
  if (made.kind !== 'deployments') throw new Error(`no continuous job but ${made.kind}`)
  return made.object
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
              command: ['/bin/sh', '-c', '--', 'exec ./a.sh --x'],
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
    'exec ./a.sh --x',
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
  const bare = podOf({ mount: 'none' }, { kind: 'built', settings: { ...settings, mounts } })
  t.notOk(bare === undefined || 'volumes' in bare)
  t.notOk(bare?.containers[0] === undefined || 'volumeMounts' in bare.containers[0])
})

t.test('a scheduled job is one object that the cluster runs by itself', async t => {
  const object = cronJob({
    schedule: ' 0 7 * * MON-7 ',
    timezone: 'Europe/Berlin',
    retry: 2,
    timeout: 60,
    emails: 'all',
  })
  const { spec, metadata } = object
  t.equal(metadata?.annotations?.['jobs.toolforge.org/cron-expression'], ' 0 7 * * MON-7 ')
  t.equal(metadata?.labels?.['app.kubernetes.io/component'], 'cronjobs')
  const { jobTemplate, ...rest } = spec ?? { jobTemplate: {} }
  t.strictSame(rest, {
    schedule: '0 7 * * 0,1,2,3,4,5,6',
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 30,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 1,
  })
  t.match(jobTemplate, {
    metadata: { labels: metadata?.labels },
    spec: {
      backoffLimit: 2,
      activeDeadlineSeconds: 60,
      ttlSecondsAfterFinished: 3600,
      template: { metadata: { labels: metadata?.labels }, spec: { restartPolicy: 'Never' } },
    },
  })
  t.equal(cronJob().spec?.timeZone, 'UTC', 'never that of the machine which happens to lead')
  t.notOk('activeDeadlineSeconds' in (cronJob({ timeout: 0 }).spec?.jobTemplate.spec ?? {}))
  t.match(cronJob({ schedule: '@daily' }).spec?.schedule, /^\d+ \d+ \* \* \*$/)
})

t.test('a run out of turn is what the cluster would make, and belongs to its job', async t => {
  const object = cronJob({ retry: 1 })
  const run = manualRun({ ...object, metadata: { ...object.metadata, uid: 'u1' } }, 1_700_000_000_999)
  t.strictSame(run.spec, object.spec?.jobTemplate.spec)
  t.strictSame(run.metadata, {
    name: 'one-1700000000',
    labels: object.metadata?.labels,
    annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'one', uid: 'u1', controller: true }],
  })
  const longest = manualRun({ ...object, metadata: { name: 'x'.repeat(52) } }, 1e13 - 1)
  t.equal(longest.metadata?.name?.length, 63)
})

t.test('a continuous job is one object that the cluster keeps going', async t => {
  const object = deployment({ port: 8080, replicas: 1, filelog: false })
  const selector = {
    toolforge: 'tool',
    'app.kubernetes.io/managed-by': 'toolforge-jobs-framework',
    'app.kubernetes.io/created-by': 'tf-test',
    'app.kubernetes.io/name': 'one',
  }
  const { template, ...spec } = object.spec ?? { template: {} }
  t.strictSame(spec, {
    replicas: 1,
    progressDeadlineSeconds: 600,
    strategy: { type: 'Recreate' },
    selector: { matchLabels: selector },
  })
  t.match(template, {
    metadata: { labels: object.metadata?.labels },
    spec: {
      restartPolicy: 'Always',
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: selector },
        },
      ],
    },
  })
  t.strictSame(template.spec?.containers[0]?.ports, [{ name: 'job', containerPort: 8080, protocol: 'TCP' }])
  t.strictSame(template.spec?.containers[0]?.env?.at(-1), { name: 'PORT', value: '8080' })
  t.match(deployment({ port: 53, port_protocol: 'udp' }).spec?.template.spec?.containers[0]?.ports, [
    { protocol: 'UDP' },
  ])
})

t.test('what a user may change is in no selector, since Kubernetes lets none be changed', async t => {
  const changes: Partial<GivenJob>[] = [
    { emails: 'all' },
    { filelog: false },
    { replicas: 3 },
    { port: 1 },
    { cmd: 'b' },
  ]
  changes.push({ job_type: 'webservice' }, { health_check: { type: 'script', script: 'a' } }, { memory: '1Gi' })
  for (const change of changes)
    t.strictSame(deployment(change).spec?.selector, deployment().spec?.selector, JSON.stringify(change))
})

t.test('of several copies some always run, of one never two', async t => {
  t.strictSame(deployment({ replicas: 1 }).spec?.strategy, { type: 'Recreate' })
  for (const replicas of [0, 2, 10])
    t.strictSame(deployment({ replicas }).spec?.strategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
    })
})

t.test('the moment of a restart is on the pods, and nothing else starts them anew', async t => {
  const annotations = (object: ReturnType<typeof deployment>) => object.spec?.template.metadata?.annotations
  t.equal(annotations(deployment()), undefined)
  t.strictSame(annotations(deployment({}, { restartedAt: '2026-11-20T00:00:00Z' })), {
    'app.kubernetes.io/restartedAt': '2026-11-20T00:00:00Z',
  })
  t.strictSame(
    deployment({ replicas: 2 }).spec?.template,
    deployment({ replicas: 5 }).spec?.template,
    'another number of copies does not',
  )
})

t.test('a web service listens where its image says, and is checked there', async t => {
  const object = deployment({ job_type: 'webservice' })
  t.match(object.spec?.template.spec?.containers[0], {
    ports: [{ containerPort: 8000 }],
    startupProbe: { tcpSocket: { port: 8000 } },
    livenessProbe: { tcpSocket: { port: 8000 } },
  })
  t.equal(object.metadata?.labels?.['app.kubernetes.io/component'], 'deployments')
})

t.test('a build-service image keeps its own home and starts through its launcher, without a shell', async t => {
  const container = podOf({ cmd: `serve 'a b' "$(X)"` }, { kind: 'built' })?.containers[0]
  t.strictSame(container?.command, ['launcher', 'serve', 'a b', '$$(X)'])
  t.notOk(container === undefined || 'args' in container || 'workingDir' in container)
  t.strictSame(container?.env, [
    { name: 'NO_HOME', value: 'true' },
    { name: 'TOOL_DATA_DIR', value: '/data/project/tf-test' },
  ])
  const filed = podOf({ cmd: 'serve x', filelog: true }, { kind: 'built' })?.containers[0]
  t.equal(filed?.command?.[0], '/bin/sh')
  t.equal(filed?.args?.at(-1), 'exec launcher serve x')
  t.ok(filed?.volumeMounts, 'files need the homes')
})

t.test('D7: memory is written as the user wrote it', async t => {
  for (const memory of ['100Mi', '0.5Gi', '1e9', '1000M', '1234567Ki'])
    t.equal(resourcesOf({ memory })?.limits?.['memory'], memory)
})
