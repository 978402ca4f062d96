import fc from 'fast-check'
import t from 'tap'
import { Type } from 'typebox'
import { type CompleteJob, completeJob } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'
import { limitProblems, needOf, quotaCategories, quotaProblems, quotaUse } from '../../../src/jobs/quota.ts'
import { jobsSettings } from '../../../src/jobs/settings.ts'
import type { KubeLimitRange, KubeQuota } from '../../../src/jobs/wire.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const quota = (hard: Record<string, string>, used?: Record<string, string>): KubeQuota => ({
  spec: { hard },
  ...(used === undefined ? {} : { status: { hard, used } }),
})
const range = (limit: object): KubeLimitRange => ({ spec: { limits: [{ type: 'Container', ...limit }] } })

t.test('a tool sees its categories in words', async t => {
  const hard = {
    pods: '10',
    'count/jobs.batch': '15',
    'limits.cpu': '2',
    'limits.memory': '8Gi',
    'count/cronjobs.batch': '50',
    'count/deployments.apps': '3',
    secrets: '10',
  }
  const used = { pods: '1', 'count/jobs.batch': '2', 'limits.cpu': '500m', 'limits.memory': '512Mi' }
  t.strictSame(quotaCategories([quota(hard, used)], [range({ max: { cpu: '1', memory: '4Gi' } })]), [
    {
      name: 'Running jobs',
      items: [
        { name: 'Total running jobs at once (Kubernetes pods)', limit: '10', used: '1' },
        { name: 'Running one-off and cron jobs', limit: '15', used: '2' },
        { name: 'CPU', limit: '2', used: '500m' },
        { name: 'Memory', limit: '8Gi', used: '512Mi' },
      ],
    },
    {
      name: 'Per-job limits',
      items: [
        { name: 'CPU', limit: '1' },
        { name: 'Memory', limit: '4Gi' },
      ],
    },
    {
      name: 'Job definitions',
      items: [
        { name: 'Cron jobs', limit: '50', used: '0' },
        { name: 'Continuous jobs (including web services)', limit: '3', used: '0' },
      ],
    },
  ])
})

t.test('there is never a category without items, which clients cannot show', async t => {
  t.strictSame(quotaCategories([], []), [])
  t.strictSame(quotaCategories([quota({ secrets: '1' })], [range({ default: { cpu: '1' } }), {}]), [])
  t.equal(quotaCategories([quota({ pods: '4' })], []).length, 1)
})

t.test('of several quotas and limits the tightest counts', async t => {
  const quotas = [quota({ pods: '10' }, { pods: '3' }), quota({ pods: '9' }, { pods: '2' }), quota({ pods: '1k' })]
  t.match(quotaCategories(quotas, [range({ max: { cpu: '1' } }), range({ max: { cpu: '900m' } })]), [
    { items: [{ limit: '9', used: '2' }] },
    { items: [{ limit: '900m' }] },
  ])
})

t.test('what the cluster goes by counts, not what was just written', async t => {
  const raised = { spec: { hard: { pods: '20' } }, status: { hard: { pods: '10' }, used: { pods: '10' } } }
  t.match(quotaCategories([raised], []), [{ items: [{ limit: '10', used: '10' }] }])
})

t.test('a quota for some kinds of pods only is none for jobs', async t => {
  t.strictSame(quotaCategories([{ spec: { hard: { pods: '0' }, scopes: ['BestEffort'] } }], []), [])
})

const asked = (cpu: string, memory: string) => ({ limits: { cpu, memory }, requests: { cpu, memory } })
const ranges = [range({ max: { cpu: '1', memory: '4Gi' }, min: { cpu: '50m', memory: '100Mi' } })]

t.test('what no container may have is found before a job is made', async t => {
  t.strictSame(limitProblems(asked('1', '4096Mi'), ranges), [])
  t.strictSame(limitProblems(asked('50m', '100Mi'), ranges), [])
  t.strictSame(limitProblems(asked('1.5', '8Gi'), ranges), [
    'Requested cpu 1.5 is over maximum allowed per container (1)',
    'Requested memory 8Gi is over maximum allowed per container (4Gi)',
  ])
  t.strictSame(limitProblems(asked('10m', '50Mi'), ranges), [
    'Requested cpu 10m is less than minimum required per container (50m)',
    'Requested memory 50Mi is less than minimum required per container (100Mi)',
  ])
  t.strictSame(
    limitProblems(asked('99', '99Ti'), [range({}), { spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] } }]),
    [],
  )
})

const { jobs: settings } = parseConfig(Type.Object({ jobs: jobsSettings }), '')
const job = (given: Partial<GivenJob> = {}): CompleteJob =>
  completeJob({ job_type: 'one-off', name: 'one', imagename: 'i', cmd: './a', ...given }, { kind: 'standard' })
const need = (given?: Partial<GivenJob>, before?: Partial<GivenJob>) =>
  needOf(job(given), settings, before === undefined ? undefined : job(before))

t.test('each type takes what its objects and its pods take', async t => {
  const pod = {
    pods: '1',
    'count/pods': '1',
    'requests.cpu': '100m',
    'requests.memory': '512Mi',
    'limits.cpu': '1000m',
    'limits.memory': '512Mi',
    cpu: '100m',
    memory: '512Mi',
  }
  t.strictSame(need(), { 'count/jobs.batch': '1', ...pod })
  t.strictSame(need({ job_type: 'scheduled', schedule: '@daily' }), {
    'count/cronjobs.batch': '1',
    'count/jobs.batch': '1',
    ...pod,
  })
  t.strictSame(need({ job_type: 'continuous' }), { 'count/deployments.apps': '1', ...pod })
  t.match(need({ job_type: 'webservice' }), {
    'count/deployments.apps': '1',
    services: '1',
    'count/ingresses.networking.k8s.io': '1',
  })
  t.match(need({ job_type: 'continuous', replicas: 3, memory: '2Gi', cpu: '500m' }), {
    pods: '3',
    'requests.cpu': '1500m',
    'requests.memory': '3Gi',
    'limits.cpu': '1500m',
    'limits.memory': '6Gi',
  })
  t.match(need({ job_type: 'continuous', replicas: 0 }), { pods: '0', 'limits.memory': '0' })
})

t.test('copies that are replaced without an outage need room for one more', async t => {
  const copies = (replicas: number, cmd = './a') => ({ job_type: 'continuous', replicas, cmd }) as const
  t.equal(need(copies(2, './b'), copies(2))['pods'], '3')
  t.equal(need(copies(3, './b'), copies(3))['limits.memory'], '2Gi')
  t.equal(need(copies(1, './b'), copies(1))['pods'], '1', 'one copy stops before the next starts')
  t.equal(need(copies(4, './b'), copies(4))['pods'], '4', 'a quarter may be missing meanwhile')
  t.equal(need(copies(3), copies(2))['pods'], '3', 'the others stay')
})

t.test('what does not fit is refused with what was asked, what is used and what there is', async t => {
  const quotas = [quota({ pods: '10', 'limits.memory': '8Gi', secrets: '0' }, { pods: '10', 'limits.memory': '7Gi' })]
  t.strictSame(quotaProblems(need({ memory: '1Gi' }), quotas), [
    'Out of quota for pods: asked for 1, used 10, limit 10; delete other jobs, or ask for less',
  ])
  t.strictSame(quotaProblems(need({ memory: '9Gi' }), quotas, { pods: '1' }), [
    'Out of quota for limits.memory: asked for 9Gi, used 7Gi, limit 8Gi; it can never fit, so ask for less',
  ])
  t.strictSame(quotaProblems(need({ memory: '1025Mi' }), quotas, { pods: '1', 'limits.memory': '1Mi' }), [])
  t.strictSame(quotaProblems(need(), []), [])
  t.strictSame(quotaProblems({ pods: '0' }, [quota({ pods: '1' }, { pods: '2' })]), [], 'who asks for nothing')
})

t.test('a scheduled job needs no room before it runs, but must fit at some time', async t => {
  const quotas = [quota({ pods: '1', 'count/cronjobs.batch': '2' }, { pods: '1', 'count/cronjobs.batch': '1' })]
  t.strictSame(quotaProblems(need({ job_type: 'scheduled', schedule: '@daily' }), quotas), [])
  const full = [quota({ 'count/cronjobs.batch': '1' }, { 'count/cronjobs.batch': '1' })]
  t.match(quotaProblems(need({ job_type: 'scheduled', schedule: '@daily' }), full), [
    /^Out of quota for count\/cronjobs/,
  ])
  const small = [quota({ 'limits.memory': '256Mi' })]
  t.match(quotaProblems(need({ job_type: 'scheduled', schedule: '@daily' }), small), [/it can never fit/])
})

t.test('a plan shows what each quota would hold', async t => {
  const quotas = [quota({ pods: '3', 'limits.memory': '2Gi', secrets: '10' }, { pods: '2', 'limits.memory': '1Gi' })]
  t.strictSame(quotaUse(quotas, [{ taken: need({ memory: '1Gi' }), freed: {} }]), [
    { name: 'limits.memory', limit: '2Gi', used: '1Gi', planned: '2Gi', fits: true },
    { name: 'pods', limit: '3', used: '2', planned: '3', fits: true },
    { name: 'secrets', limit: '10', used: '0', planned: '0', fits: true },
  ])
  const deltas = [
    { taken: need(), freed: {} },
    { taken: need(), freed: need() },
    { taken: need({ memory: '1Gi' }), freed: {} },
  ]
  t.match(quotaUse(quotas, deltas), [{ planned: '2560Mi', fits: false }, { planned: '4', fits: false }, { fits: true }])
  t.match(quotaUse([quota({ pods: '1' }, { pods: '3' })], [{ taken: {}, freed: { pods: '9' } }]), [
    { planned: '0', fits: true },
  ])
  t.strictSame(quotaUse([], deltas), [])
})

t.test('a plan never says that something fits which the quota would refuse', async () => {
  const amounts = fc.record({ limit: fc.nat(20), used: fc.nat(20), taken: fc.nat(20), freed: fc.nat(20) })
  fc.assert(
    fc.property(amounts, ({ limit, used, taken, freed }) => {
      const quotas = [quota({ pods: String(limit) }, { pods: String(used) })]
      const [use] = quotaUse(quotas, [{ taken: { pods: String(taken) }, freed: { pods: String(freed) } }])
      const refused = quotaProblems({ pods: String(taken) }, quotas, { pods: String(Math.min(freed, used)) }).length > 0
      return use !== undefined && (!use.fits || !refused || taken <= freed)
    }),
  )
})
