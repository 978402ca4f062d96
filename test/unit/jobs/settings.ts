import t from 'tap'
import { Type } from 'typebox'
import { jobsSettings } from '../../../src/jobs/settings.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const config = Type.Object({ jobs: jobsSettings }, { additionalProperties: false })

t.test('nothing need be said', async t => {
  t.strictSame(parseConfig(config, '').jobs, {
    mounts: [{ name: 'home', path: '/data/project', read_only: false }],
    cpu_limit: '1000m',
    keep_finished_s: 3600,
    publish: { domain: 'local', ingress_class: '' },
    image_config: { namespace: 'tf-public', name: 'image-config', key: 'images-v1.yaml' },
  })
})

t.test('a mount may leave out that it can be written to', async t => {
  const { jobs } = parseConfig(config, 'jobs: {mounts: [{name: dumps, path: /public/dumps}]}')
  t.strictSame(jobs.mounts, [{ name: 'dumps', path: '/public/dumps', read_only: false }])
})

t.test('a processor limit that is no quantity is refused at the start', async t => {
  t.throws(() => parseConfig(config, 'jobs: {cpu_limit: all}'), /jobs\.cpu_limit/)
})

t.test('a public domain that no host can have is refused at the start', async t => {
  for (const domain of ['', '.', 'Tools.example', 'a..b', '-a', 'a b', 'https://tools.example'])
    t.throws(
      () => parseConfig(config, JSON.stringify({ jobs: { publish: { domain } } })),
      /jobs\.publish\.domain/,
      domain,
    )
  t.equal(parseConfig(config, 'jobs: {publish: {domain: tools.example.org}}').jobs.publish.domain, 'tools.example.org')
})

const withJobs = (jobs: unknown) => parseConfig(config, JSON.stringify({ jobs })).jobs
const refused = (jobs: unknown) => {
  try {
    withJobs(jobs)
    return undefined
  } catch (error) {
    return String(error)
  }
}

t.test('a setting that nobody knows is refused, wherever it stands', async t => {
  const mount = { name: 'dumps', path: '/public/dumps' }
  for (const jobs of [
    { more: 1 },
    { mounts: [{ ...mount, more: 1 }] },
    { publish: { more: 1 } },
    { image_config: { more: 1 } },
  ])
    t.match(refused(jobs), /more/, JSON.stringify(jobs))
  for (const jobs of [{ mounts: [{ name: 'dumps' }] }, { mounts: [{ path: '/x' }] }])
    t.match(refused(jobs), /jobs\.mounts/, JSON.stringify(jobs))
})

t.test('a mount has the name of a volume, and a whole path', async t => {
  const named = (name: string) => refused({ mounts: [{ name, path: '/x' }] })
  for (const name of ['a', 'a-1', '1a', 'a'.repeat(63), `a${'-'.repeat(61)}b`]) t.equal(named(name), undefined, name)
  for (const name of ['', '-a', 'a-', 'A', 'a.b', 'a b', 'a\n', 'a'.repeat(64)])
    t.match(named(name), /jobs\.mounts/, name)
  for (const path of ['', 'x', './x', ' /x']) t.match(refused({ mounts: [{ name: 'a', path }] }), /jobs\.mounts/, path)
})

t.test('a processor limit is a number of cores or of thousandths', async t => {
  for (const cpu_limit of ['1', '0.5', '500m', '10.25', '1.5m']) t.equal(refused({ cpu_limit }), undefined, cpu_limit)
  for (const cpu_limit of ['', 'm', '1k', '-1', '.5', '1.', '1mm', '1 ', ' 1', '1Mi'])
    t.match(refused({ cpu_limit }), /jobs\.cpu_limit/, cpu_limit)
})

t.test('finished jobs are kept for whole seconds, or not at all', async t => {
  t.equal(withJobs({ keep_finished_s: 0 }).keep_finished_s, 0)
  for (const keep_finished_s of [-1, 1.5]) t.match(refused({ keep_finished_s }), /jobs\.keep_finished_s/)
})

t.test('hosts and classes of published jobs are ones that a cluster takes', async t => {
  for (const domain of ['a', 'a-b.c1', `${'a'.repeat(188)}.b`])
    t.equal(refused({ publish: { domain } }), undefined, domain)
  for (const domain of [`${'a'.repeat(189)}.b`, 'a.-b', 'a-.b', 'a.', 'a_b'])
    t.match(refused({ publish: { domain } }), /jobs\.publish\.domain/, domain)
  for (const ingress_class of ['', 'a', 'nginx.example', 'a-1', `a${'.'.repeat(251)}b`])
    t.equal(refused({ publish: { ingress_class } }), undefined, ingress_class)
  for (const ingress_class of ['-a', 'a-', 'A', 'a b', `a${'.'.repeat(252)}b`])
    t.match(refused({ publish: { ingress_class } }), /jobs\.publish\.ingress_class/, ingress_class)
})

t.test('what differs from place to place can be told by the environment', async t => {
  const { jobs } = parseConfig(config, '', {
    JOBS_API_MOUNTS: '[{name: homes, path: /homes}]',
    JOBS_API_CPU_LIMIT: '500m',
    JOBS_API_KEEP_FINISHED_S: '60',
    JOBS_API_PUBLISH_DOMAIN: 'tools.example',
    JOBS_API_PUBLISH_INGRESS_CLASS: 'nginx',
    JOBS_API_IMAGES_NAMESPACE: 'images',
    JOBS_API_IMAGES_NAME: 'list',
    JOBS_API_IMAGES_KEY: 'v2.yaml',
  })
  t.strictSame(jobs, {
    mounts: [{ name: 'homes', path: '/homes', read_only: false }],
    cpu_limit: '500m',
    keep_finished_s: 60,
    publish: { domain: 'tools.example', ingress_class: 'nginx' },
    image_config: { namespace: 'images', name: 'list', key: 'v2.yaml' },
  })
})
