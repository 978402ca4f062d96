import t from 'tap'
import { limitProblems, quotaCategories } from '../../../src/jobs/quota.ts'
import type { KubeLimitRange, KubeQuota } from '../../../src/jobs/wire.ts'

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
