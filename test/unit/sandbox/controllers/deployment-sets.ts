import t from 'tap'
import {
  isSameTemplate,
  newSet,
  setAnnotations,
  templateHash,
} from '../../../../src/sandbox/controllers/deployment-sets.ts'
import type { Deployment, PodTemplate } from '../../../../src/sandbox/kinds/types.ts'

const template = (image: string): PodTemplate => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'job', image }] },
})

const deployment = (name: string): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { selector: { matchLabels: { app: 'web' } }, template: template('a') },
  status: {},
})

t.test('the hash is that of the template and of the collisions so far, in letters that spell nothing', async t => {
  const hash = templateHash(template('a'), undefined)
  t.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
  t.equal(templateHash(template('a'), undefined), hash)
  t.not(templateHash(template('b'), undefined), hash)
  t.not(templateHash(template('a'), 1), hash)
})

t.test('two templates are the same whatever hash they carry', async t => {
  const labelled = { ...template('a'), metadata: { labels: { app: 'web', 'pod-template-hash': 'x' } } }
  t.ok(isSameTemplate(template('a'), labelled))
  t.notOk(isSameTemplate(template('b'), labelled))
  t.ok(
    isSameTemplate(
      { spec: template('a').spec },
      { metadata: { labels: { 'pod-template-hash': 'x' } }, spec: template('a').spec },
    ),
  )
})

t.test('a name that is too long is cut, not its hash', async t => {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x', uid: 'u' }
  const { metadata } = newSet(deployment('x'.repeat(253)), { owner, annotations: {}, replicas: 1 })
  t.equal(metadata.name.length, 253)
  t.match(metadata.name, /x-[a-z0-9]+$/)
})

t.test('revisions that a set has had are remembered, not for ever', async t => {
  const revision = 'deployment.kubernetes.io/revision'
  const history = 'deployment.kubernetes.io/revision-history'
  t.strictSame(setAnnotations(deployment('d'), []), { [revision]: '1' })
  const [old] = [{ ...deployment('d'), spec: { selector: {}, template: template('o') }, status: { replicas: 0 } }]
  const other = { ...old, metadata: { ...deployment('d').metadata, annotations: { [revision]: '7' } } }
  t.strictSame(setAnnotations(deployment('d'), [other], { [revision]: '3', [history]: '1' }), {
    [revision]: '8',
    [history]: '1,3',
  })
  t.strictSame(setAnnotations(deployment('d'), [other], { [revision]: '9' }), { [revision]: '9' })
  const long = '1'.repeat(2000)
  t.equal(setAnnotations(deployment('d'), [other], { [revision]: '3', [history]: long })[history], long)
})
