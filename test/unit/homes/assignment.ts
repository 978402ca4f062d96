import t from 'tap'
import { assignmentOf, foldersOf, type HomeAccount } from '../../../src/homes/assignment.ts'
import { provisionConfig } from '../../../src/homes/provision-config.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const cluster = { server: 'https://k8s.example:6443', ca: 'CA', authorities: [] }
const tool: HomeAccount = { kind: 'tool', name: 'a', uid: 52_001 }
const person: HomeAccount = { kind: 'person', name: 'p', uid: 3001 }
const configOf = (yaml = '') => parseConfig(provisionConfig, yaml)

t.test("a tool's home is laid out as decided", async t => {
  const assignment = assignmentOf(configOf(), cluster, tool)
  t.same(assignment, {
    place: { root: '/data/project', tool: 'a', minUid: 1000 },
    uid: 52_001,
    marker: undefined,
    kubeconfig: ['.kube', 'config'],
    certificate: ['.toolskube', 'client.crt'],
    key: ['.toolskube', 'client.key'],
    subject: [{ O: ['toolforge'] }, { CN: ['a'] }],
    keyType: 'ec',
    entries: {
      cluster: { name: 'toolforge', server: 'https://k8s.example:6443', ca: 'CA' },
      context: { name: 'toolforge', namespace: 'tool-a' },
      user: { name: 'tf-a', certificatePath: '../.toolskube/client.crt', keyPath: '../.toolskube/client.key' },
      currentContext: 'if_new',
    },
  })
  t.same(foldersOf(assignment), [['.toolskube'], ['.kube']])
})

t.test("an administrator's is the person's own", async t => {
  t.match(assignmentOf(configOf(), cluster, person), {
    place: { root: '/home', tool: 'p', person: true },
    key: ['.admkube', 'client.key'],
    subject: [{ O: ['toolforge-admins'] }, { CN: ['person:p'] }],
    entries: { context: { namespace: 'default' }, user: { name: 'tf-p', keyPath: '../.admkube/client.key' } },
  })
})

t.test('a kubeconfig of its own, beside the one of another cluster, is a matter of configuration', async t => {
  const config = configOf(
    'kubeconfig: .config/next/kubeconfig\ncredentials_folder: .nextkube\ncluster: next\ncontext: next\nuser_prefix: next-\ncurrent_context: always\nroot_marker: .mounted',
  )
  const assignment = assignmentOf(config, cluster, tool)
  t.match(assignment, {
    marker: '/data/project/.mounted',
    kubeconfig: ['.config', 'next', 'kubeconfig'],
    entries: {
      context: { name: 'next' },
      user: { name: 'next-a', certificatePath: '../../.nextkube/client.crt' },
      currentContext: 'always',
    },
  })
  t.same(foldersOf(assignment), [['.nextkube'], ['.config'], ['.config', 'next']])
})

t.test('a kubeconfig beside the certificate, or in the home itself, is found from there', async t => {
  const beside = assignmentOf(configOf('kubeconfig: .toolskube/config'), cluster, tool)
  t.equal(beside.entries.user.keyPath, 'client.key')
  const above = assignmentOf(configOf('kubeconfig: kubeconfig'), cluster, tool)
  t.equal(above.entries.user.keyPath, '.toolskube/client.key')
})

t.test('nothing leads out of a home, and names that nobody can have are refused', async t => {
  for (const kubeconfig of ['../config', '.kube/../../config', '..'])
    t.throws(() => assignmentOf(configOf(`kubeconfig: ${kubeconfig}`), cluster, tool), RangeError)
  t.throws(() => assignmentOf(configOf('credentials_folder: ..'), cluster, tool), RangeError)
  for (const name of ['..', '.', '', 'a/b', 'A', 'person:p'])
    t.throws(() => assignmentOf(configOf(), cluster, { ...tool, name }), RangeError, name)
  for (const name of ['..', '.', '', 'a/b', '.p', 'p\0', '-p', 'x'.repeat(65)])
    t.throws(() => assignmentOf(configOf(), cluster, { ...person, name }), RangeError, name)
  t.ok(assignmentOf(configOf(), cluster, { ...person, name: 'First.Last_2-x' }))
})

t.test('folders that are spelt alike but lie elsewhere are each made', async t => {
  const config = configOf('kubeconfig: .a/b/config\ncredentials_folder: .ab')
  t.same(foldersOf(assignmentOf(config, cluster, tool)), [['.ab'], ['.a'], ['.a', 'b']])
})
