import { join } from 'node:path'
import t from 'tap'
import { configFiles, pathFrom, readSettings } from '../../../src/cli/settings.ts'

const none = { environment: {}, home: '/home/x' }

t.test('the files are those of the client of today, the later before the earlier', async t => {
  const home = '/home/x'
  const usual = [
    '/etc/toolforge/jobs-cli.yaml',
    '/etc/toolforge/common.yaml',
    '/home/x/.toolforge.yaml',
    '/home/x/.config/toolforge.yaml',
  ]
  t.same(configFiles({ environment: {}, home }), usual)
  t.same(configFiles({ environment: { XDG_CONFIG_HOME: '/xdg' }, home }), [...usual, '/xdg/toolforge.yaml'])
  t.same(configFiles({ environment: { XDG_CONFIG_HOME: '/home/x/.config' }, home }), usual, 'none is read twice')
})

t.test('a later file replaces a section whole, and the variable goes before all', async t => {
  const dir = t.testdir({
    'a.yaml': 'api_gateway:\n  url: https://a.example:1/\njobs:\n  timeout: 5\n  ca_file: ca.crt\n',
    'b.yaml': 'jobs:\n  jobs_endpoint: /other/v2/\nweb: {x: 1}\n',
    'empty.yaml': '',
    'comment.yaml': '# nothing\n',
  })
  const file = (name: string) => join(dir, name)
  t.match(await readSettings(none, [file('a.yaml')]), {
    apiUrl: 'https://a.example:1',
    jobsEndpoint: '/jobs/v1',
    timeout: 5,
    caFile: file('ca.crt'),
  })
  const files = ['a.yaml', 'missing.yaml', 'b.yaml', 'empty.yaml', 'comment.yaml'].map(file)
  t.same(await readSettings(none, files), {
    apiUrl: 'https://a.example:1',
    jobsEndpoint: '/other/v2',
    timeout: 60,
    caFile: undefined,
    sources: ['a.yaml', 'b.yaml', 'empty.yaml', 'comment.yaml'].map(file),
  })
  const environment = { TOOL_TOOLFORGE_API_URL: 'https://[::1]:30001/prefix/' }
  t.match(await readSettings({ ...none, environment }, files), { apiUrl: 'https://[::1]:30001/prefix' })
  t.match(await readSettings({ ...none, environment: { TOOL_TOOLFORGE_API_URL: '' } }, files), {
    apiUrl: 'https://a.example:1',
  })
  t.match(await readSettings(none, []), { apiUrl: undefined, sources: [] })
})

t.test('a wrong setting is named with its file and what is expected', async t => {
  const wrong: [text: string, message: RegExp][] = [
    ['[1]', /must hold settings by name/],
    ['jobs: 3', /jobs must be a mapping/],
    ['a: [', /is not YAML/],
    ['api_gateway: {url: "http://plain.example"}', /api_gateway.url: must be an address such as https:/],
    ['api_gateway: {url: "nonsense"}', /must be an address/],
    ['api_gateway: {url: "https://user:pw@x.example"}', /must be an address/],
    ['api_gateway: {url: 3}', /url must be a text/],
    ['jobs: {timeout: "60"}', /jobs.timeout: must be a number of seconds/],
    ['jobs: {timeout: 0}', /jobs.timeout/],
    ['jobs: {timeout: .inf}', /jobs.timeout/],
    ['jobs: {jobs_endpoint: "x"}', /jobs_endpoint: must be a path/],
    ['jobs: {jobs_endpoint: "/a/../b"}', /jobs_endpoint: must be a path/],
    ['jobs: {ca_file: [a]}', /ca_file must be a text/],
  ]
  for (const [text, message] of wrong) {
    const file = join(t.testdir({ 'c.yaml': text }), 'c.yaml')
    await t.rejects(readSettings(none, [file]), { message, exitCode: 1 }, text)
    await t.rejects(readSettings(none, [file]), { message: new RegExp(`^${file}`) }, text)
  }
  const dir = t.testdir({ 'c.yaml': {} })
  await t.rejects(readSettings(none, [join(dir, 'c.yaml')]), { message: /it is a folder/ })
})

t.test('a path lies beside the file that names it, in the home, or where it says', async t => {
  t.equal(pathFrom('/etc/toolforge/common.yaml', 'ca.crt', '/home/x'), '/etc/toolforge/ca.crt')
  t.equal(pathFrom('/home/x/.kube/config', '../.toolskube/client.crt', '/home/x'), '/home/x/.toolskube/client.crt')
  t.equal(pathFrom('/etc/c.yaml', '~/ca.crt', '/home/x'), '/home/x/ca.crt')
  t.equal(pathFrom('/etc/c.yaml', '/abs/ca.crt', '/home/x'), '/abs/ca.crt')
  t.equal(pathFrom('', 'config', '/home/x'), join(process.cwd(), 'config'))
})
