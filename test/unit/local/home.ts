import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { writeHome } from '../../../src/local/home.ts'

const content = {
  tool: 'tf-test',
  server: 'https://127.0.0.1:16440',
  ca: 'CA',
  pair: { certificate: 'CERTIFICATE', key: 'KEY' },
}
const modeOf = (file: string) => statSync(file).mode & 0o7777

t.test('a home has what a real tool has, with its modes', async t => {
  const home = join(t.testdir(), 'tf-test')
  const kubeconfig = writeHome(home, content)
  t.equal(modeOf(home), 0o2775)
  t.ok(statSync(join(home, 'logs')).isDirectory())
  t.equal(modeOf(join(home, '.toolskube')) & 0o777, 0o700)
  t.equal(modeOf(join(home, '.toolskube/client.key')), 0o400)
  t.equal(modeOf(join(home, '.toolskube/client.crt')), 0o400)
  t.equal(modeOf(kubeconfig), 0o600)
  t.match(parse(readFileSync(kubeconfig, 'utf8')), {
    'current-context': 'toolforge',
    clusters: [{ name: 'toolforge', cluster: { server: content.server, 'certificate-authority-data': 'Q0E=' } }],
    contexts: [{ name: 'toolforge', context: { namespace: 'tool-tf-test', user: 'tf-tf-test' } }],
    users: [{ name: 'tf-tf-test', user: { 'client-certificate': '../.toolskube/client.crt' } }],
  })
})

t.test('a renewed home keeps the files of its user', async t => {
  const home = join(t.testdir(), 'tf-test')
  writeHome(home, content)
  writeFileSync(join(home, 'mine.txt'), 'mine')
  writeHome(home, { ...content, pair: { certificate: 'NEXT', key: 'KEY' } })
  t.equal(readFileSync(join(home, 'mine.txt'), 'utf8'), 'mine')
  t.equal(readFileSync(join(home, '.toolskube/client.crt'), 'utf8'), 'NEXT')
})
