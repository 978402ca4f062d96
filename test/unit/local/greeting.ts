import t from 'tap'
import { greeting } from '../../../src/local/greeting.ts'
import { toolIn } from '../../../src/local/tools.ts'

const facts = {
  apiUrl: 'https://127.0.0.1:30001',
  controlPlaneUrl: 'https://127.0.0.1:16440',
  webUrl: 'http://127.0.0.1:30080',
  caFile: '/checkout/.sandbox/pki/ca.crt',
  tool: toolIn('/checkout/.sandbox', 'tf-test'),
  readyAfter: 1234,
  remarks: ['port 30001 is taken: this is another'],
}

t.test('the greeting names the paths from where the user is, and what was unusual', async t => {
  const text = greeting(facts, '/checkout')
  t.match(text, 'Ready after 1.2 s')
  t.match(text, '--cacert .sandbox/pki/ca.crt --cert .sandbox/project/tf-test/.toolskube/client.crt')
  t.match(text, 'https://127.0.0.1:30001/jobs/v1/tool/tf-test/jobs/hello/logs')
  t.match(text, 'port 30001 is taken')
  t.notMatch(text, '/checkout/')
})

t.test('where there is no tool, it tells how to get one', async t => {
  const text = greeting({ ...facts, tool: undefined }, '/checkout')
  t.match(text, 'npx toolforge-sandbox tool add my-tool')
  t.notMatch(text, /toolforge-jobs|tf-test|undefined/)
})
