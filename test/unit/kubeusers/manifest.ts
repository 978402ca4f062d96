import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { objectsOf } from '../../../src/kubeusers/manifest.ts'

const chart = (name: string) => readFileSync(join(import.meta.dirname, '../../../charts/kubeusers', name), 'utf8')

t.test('what one tool gets is made of its name and uid', async t => {
  const objects = objectsOf(chart('tool.yaml'), { TOOL: 'tf-test', UID: '52503' })
  t.same(
    objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`),
    [
      'Namespace /tool-tf-test',
      'RoleBinding tool-tf-test/toolforge-tool',
      'ResourceQuota tool-tf-test/tool-tf-test',
      'LimitRange tool-tf-test/tool-tf-test',
      'NetworkPolicy tool-tf-test/toolforge-default',
    ],
  )
  t.match(objects[0], { metadata: { annotations: { 'toolforge.org/uid': '52503' } } })
  t.notMatch(JSON.stringify(objects), '${')
})

t.test('what is filled in never becomes YAML', async t => {
  const objects = objectsOf('{apiVersion: v1, kind: ConfigMap, metadata: {name: "${TOOL}"}}', {
    TOOL: 'a", kind: Secret, x: "',
  })
  t.match(objects[0], { kind: 'ConfigMap', metadata: { name: 'a", kind: Secret, x: "' } })
})

t.test('a document that is no object is refused', async t => {
  t.throws(() => objectsOf('just: text'), /apiVersion/)
})
