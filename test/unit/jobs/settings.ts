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
