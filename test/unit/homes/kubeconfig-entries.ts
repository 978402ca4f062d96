import t from 'tap'
import { parse } from 'yaml'
import { type Entries, freshKubeconfig, scalar } from '../../../src/homes/kubeconfig-entries.ts'

const entries: Entries = {
  cluster: { name: 'toolforge', server: 'https://k8s.example:6443', ca: 'CA' },
  context: { name: 'toolforge', namespace: 'tool-a' },
  user: { name: 'tf-a', certificatePath: '../.toolskube/client.crt', keyPath: '../.toolskube/client.key' },
  currentContext: 'if_new',
}

t.test('a new kubeconfig reads like one that kubectl wrote', async t => {
  t.equal(
    freshKubeconfig(entries),
    `apiVersion: v1
kind: Config
clusters:
- name: toolforge
  cluster:
    certificate-authority-data: Q0E=
    server: https://k8s.example:6443
contexts:
- name: toolforge
  context:
    cluster: toolforge
    namespace: tool-a
    user: tf-a
current-context: toolforge
preferences: {}
users:
- name: tf-a
  user:
    client-certificate: ../.toolskube/client.crt
    client-key: ../.toolskube/client.key
`,
  )
})

t.test('names and paths stand as they are where no reader takes them for anything else', async t => {
  const plain = [
    'a',
    'Z',
    'tf-a',
    '/x',
    './x',
    '../x',
    '/',
    'a.b_c/d+e=f',
    'https://k8s.example:6443',
    'a:b',
    'yesterday',
    'only',
  ]
  plain.push('a9', 'nullable', 'is-null', 'MIIB==')
  for (const text of plain) t.equal(scalar(text), text)
})

t.test('anything else stands in quotes', async t => {
  const words = ['y', 'N', 'yes', 'NO', 'on', 'Off', 'true', 'False', 'null', 'NULL']
  const numbers = ['7', '1e5', '0x1', '-1', '.5', '1_000', '12:30:45']
  const signs = [
    '',
    '~',
    '-',
    '.',
    '..',
    '...',
    '.x',
    '.../x',
    'a:',
    'https:',
    '#x',
    '*x',
    '&x',
    '!x',
    '%x',
    '@x',
    '`x',
    '?',
  ]
  const others = ['a b', 'a\n', '\na', 'a#b', 'a,b', 'a{', 'a]', 'ü', 'aü', 'a"b', "a'b", 'a\\b', ' a', 'a ', '\u0085a']
  for (const text of [...words, ...numbers, ...signs, ...others]) {
    t.equal(scalar(text), JSON.stringify(text))
    t.same(parse(`a: ${scalar(text)}\n`), { a: text })
  }
})
