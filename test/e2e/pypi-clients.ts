import { statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { freePort } from '../support/front-door.ts'
import { startHaproxy } from '../support/haproxy.ts'
import { startNginxPassthrough } from '../support/nginx.ts'
import { embedded, type Platform, real } from '../support/platforms.ts'
import { havePrograms } from '../support/programs.ts'
import { pypiClient } from '../support/pypi-client.ts'
import { type Entry, entryOf, plainly, wordsOf } from '../support/pypi-jobs.ts'
import { fieldsOf, rowsOf } from '../support/pypi-output.ts'
import { type PypiRelease, pypiReleases } from '../support/pypi-releases.ts'
import { entriesOf, type PypiUser, pypiUser } from '../support/pypi-user.ts'

const plain = ['--image', 'bookworm', '--no-filelog']

async function lookAround(t: Test, { succeeds }: PypiUser): Promise<void> {
  const images = rowsOf(await succeeds(t, ['images']))
  t.match(
    images.find(image => image['Short name'] === 'bookworm'),
    { 'Short name': 'bookworm' },
  )
  await succeeds(t, ['quota'], /Running jobs +Used +Limit\n[\s\S]*Memory +\S+ +8Gi[\s\S]*Per-job limits +Limit\n/)
  t.equal((await succeeds(t, ['list'])).trim(), '', 'no jobs, no table')
}

async function waitForTheEnd(t: Test, { succeeds, run, tool, written }: PypiUser): Promise<void> {
  const { uid } = statSync(tool.home)
  const hello = ['run', 'hello', '--command', 'echo "from ${HOME##*/}"; id -u > written.txt', ...plain, '--wait']
  const broken = ['run', 'broken', '--command', 'echo broken >&2; exit 3', '--image', 'bookworm', '--wait']
  const [, { data, said }] = await Promise.all([succeeds(t, hello, /job 'hello' completed\n/), run(t, broken, 1)])
  t.equal(written('written.txt').trim(), String(uid), 'the job ran as the tool')
  t.equal(statSync(join(tool.home, 'written.txt')).uid, uid, 'and its file is the tool’s')
  t.match(said, /job 'broken' failed:/)
  t.match(fieldsOf(data), { 'Job name': 'broken', Status: /^Failed/ })
  t.equal(written('broken.err'), 'broken\n', 'without a word about files output goes to those named like the job')
}

async function logs(t: Test, { succeeds, fails, tool, release: { knows } }: PypiUser): Promise<void> {
  const container = knows.replicas ? '\\[job\\] ' : ''
  const line = (text: string) => new RegExp(`^\\S+Z \\[\\S+\\] ${container}${text}$`, 'm')
  await succeeds(t, ['logs', 'hello'], line(`from ${tool.name}`))
  await succeeds(t, ['run', 'ticks', '--command', 'for i in 1 2 3; do echo "tick $i"; sleep 0.5; done', ...plain])
  const followed = await succeeds(t, ['logs', '-f', 'ticks'], line('tick 3'))
  t.equal(followed.trim().split('\n').length, 3, 'following shows each line once, and ends with the job')
  t.equal((await succeeds(t, ['logs', '-l', '1', 'ticks'], line('tick 3'))).trim().split('\n').length, 1)
  if (knows.since) {
    const until = new Date(Date.now() + 60_000).toISOString()
    await succeeds(t, ['logs', 'ticks', '--since', '1h', '--until', until], line('tick 1'))
  }
  await fails(t, ['logs', 'nobody'], /Job 'nobody' does not exist/)
}

async function runAll(t: Test, user: PypiUser): Promise<void> {
  const { succeeds, settled, jobs, names } = user
  for (const job of jobs) await succeeds(t, wordsOf(job))
  await settled(t)
  const all = ['broken', 'hello', 'ticks', ...jobs.map(({ name }) => name)].sort()
  t.same((await names(t)).sort(), all)
  const types = { once: /^(normal|one-off)$/, cron: /^scheduled?: 7 3 \* \* 1-5$/, loop: /^continuous$/ }
  const rows = rowsOf(await succeeds(t, ['list']))
  const long = rowsOf(await succeeds(t, ['list', '-o', 'long']))
  for (const [name, type] of Object.entries(types))
    for (const table of [rows, long]) t.match(table.find(row => row['Job name'] === name)?.['Job type'], type, name)
  t.match(
    long.find(row => row['Job name'] === 'once')?.['Command'],
    'date >> once.txt; echo "to out"; echo "to err" >&2',
  )
  await succeeds(t, ['list', '-l'], /flag is deprecated/)
}

async function show(t: Test, { succeeds, fails, tool, port, release: { knows, succeeded } }: PypiUser): Promise<void> {
  const shown = async (name: string) => fieldsOf(await succeeds(t, ['show', name]))
  t.match(await shown('once'), {
    Image: 'bookworm',
    'File log': 'yes',
    'Output log': 'out.log',
    'Error log': 'err.log',
    Emails: 'onfailure',
    Resources: 'mem: 200Mi, cpu: 0.2',
    Retry: 'yes: 1 time(s)',
    Status: new RegExp(`^${succeeded}`),
  })
  const cron = await shown('cron')
  t.match(cron, { Image: 'python3.11', 'File log': 'no', Retry: 'yes: 2 time(s)', Hints: /It runs next at \d{4}-/ })
  if (knows.timeout) t.equal(cron['Timeout'], 'yes: 600s')
  const loop = await shown('loop')
  t.match(loop, { 'Job type': 'continuous', Status: /^Running/ })
  if (knows.healthScript) t.match(loop['Health check'], 'script: test -s loop.txt')
  if (knows.replicas) t.equal(loop['Replicas'], '2')
  if (knows.port) {
    const served = await shown('served')
    t.match(served['Port'], new RegExp(`^${port}(/tcp)?$`))
    if (knows.healthHttp) t.equal(served['Health check'], 'http: /index.html')
    if (knows.publish) t.equal(served['Public'], `https://${tool.name}.toolforge.org/`)
  }
  await fails(t, ['show', 'nobody'], /Job 'nobody' does not exist/)
}

async function filelog(t: Test, { succeeds, fails, written, release: { knows } }: PypiUser): Promise<void> {
  t.equal(written('out.log'), 'to out\n')
  t.equal(written('err.log'), 'to err\n')
  if (knows.since) await fails(t, ['logs', 'once'], /Job 'once' does not have any logs available/)
  else await succeeds(t, ['logs', 'once'], /\[out\.log\] .*to out\n[\s\S]*\[err\.log\] .*to err\n/)
}

async function restart(t: Test, { succeeds, fails, counts, settled, release: { knows } }: PypiUser): Promise<void> {
  const pods = knows.replicas ? 2 : 1
  await counts('loop.txt', pods)
  for (const name of ['loop', 'cron', 'once']) await succeeds(t, ['restart', name])
  await counts('loop.txt', 2 * pods)
  await counts('cron.txt', 1)
  await counts('once.txt', 2)
  await settled(t)
  await fails(t, ['restart', 'nobody'], /Job 'nobody' does not exist/)
}

async function refusals(t: Test, user: PypiUser): Promise<void> {
  const { fails } = user
  const tooMuch = ['run', 'big', '--command', 'true', '--mem', '100Gi', ...plain]
  await fails(t, tooMuch, /100Gi[\s\S]*4Gi/)
  await fails(t, ['run', 'loop', '--command', 'true', '--continuous', ...plain], /exists already|already exists/)
  await fails(t, ['run', 'odd', '--command', 'true', '--image', 'nothing'], /nothing/)
  await fails(t, ['run', 'never', '--command', 'true', '--schedule', '61 * * * *', ...plain], /schedule/)
}

async function deleteOne(t: Test, { succeeds, run, names, jobs, release: { knows } }: PypiUser): Promise<void> {
  for (const name of ['hello', 'broken', 'ticks']) await succeeds(t, ['delete', name])
  t.same((await names(t)).sort(), jobs.map(({ name }) => name).sort())
  const { said } = await run(t, ['delete', 'nobody'], knows.unknownDelete ? 1 : 0)
  t.match(said, /job 'nobody' does not exist/i)
}

/** What users see of their jobs, without how they are at the moment. */
async function seen(t: Test, { succeeds }: PypiUser) {
  const rows = rowsOf(await succeeds(t, ['list', '-o', 'long']))
  return rows.map(({ Status, ...row }) => row)
}

/** Whether the entries of a dump say what the jobs were made with. */
function sayTheSame(t: Test, entries: readonly Entry[], { jobs, release }: PypiUser): void {
  // Those before tell neither what is usual for an image.
  const untold = release.knows.publish ? [] : ['mount', 'filelog']
  for (const job of jobs) {
    const entry = entries.find(({ name }) => name === job.name)
    for (const [option, value] of Object.entries(job.options))
      if (!untold.includes(option)) t.equal(plainly(entry?.[option]), plainly(value), `${option} of ${job.name}`)
  }
}

/** The file with all jobs: the client's own dump, where it can read that. */
async function fileOfAll(t: Test, user: PypiUser): Promise<{ path: string; dumped: readonly Entry[] }> {
  const { release, jobs, succeeds, file, dump } = user
  const made = file('made.yaml', jobs.map(entryOf))
  if (!release.knows.dump) return { path: made, dumped: [] }
  const { path, entries } = await dump(t, 'all.yaml')
  sayTheSame(t, entries, user)
  t.same(entriesOf(await succeeds(t, ['dump'])), entries, 'on standard output the same')
  return { path: release.loadsDump ? path : made, dumped: entries }
}

async function dumpAndLoad(t: Test, user: PypiUser): Promise<void> {
  const { release, succeeds, settled, names, dump } = user
  const before = await seen(t, user)
  const { path, dumped } = await fileOfAll(t, user)
  await succeeds(t, ['flush'])
  t.same(await names(t), [])
  await succeeds(t, ['load', path])
  await settled(t)
  t.same(await seen(t, user), before, 'the same jobs are back')
  if (release.knows.dump) t.same((await dump(t, 'again.yaml')).entries, dumped, 'and give the same dump')
}

/** A file that says what is there already: the one-off that has ended runs again, and nothing else happens. */
async function loadUnchanged(t: Test, user: PypiUser): Promise<void> {
  const { release, run, settled, counts, countOf, jobs } = user
  const before = await seen(t, user)
  const { path } = await fileOfAll(t, user)
  const [once, loop] = [countOf('once.txt'), countOf('loop.txt')]
  const { said } = await run(t, ['--debug', 'load', path], 0)
  const lasting = jobs.length - 1
  if (release.loads === 'by comparing') {
    if (release.comparesMount) t.match(said, /has different 'mount'/)
    else t.equal(said.match(/matches its definition/g)?.length, jobs.length)
  } else {
    t.equal(new Set(said.match(/Job \w+ is already up to date/g)).size, lasting)
    await counts('once.txt', once + 1)
  }
  await settled(t)
  if (!release.comparesMount) t.equal(countOf('loop.txt'), loop, 'what runs goes on running')
  t.same(await seen(t, user), before)
}

async function loadChanged(t: Test, user: PypiUser): Promise<void> {
  const { release, succeeds, counts, countOf, settled, file, jobs } = user
  const loop = countOf('loop.txt')
  const changed = jobs.map(entryOf).map(entry => {
    if (entry.name === 'cron') return { ...entry, schedule: '8 4 * * *' }
    return entry.name === 'loop' ? { ...entry, command: 'echo changed >> loop.txt; exec sleep 20000' } : entry
  })
  await succeeds(t, ['load', '--job', 'cron', file('cron.yaml', changed)])
  t.match(fieldsOf(await succeeds(t, ['show', 'cron'])), { 'Job type': /^scheduled?: 8 4 \* \* \*$/ })
  t.equal(countOf('loop.txt'), loop, 'with a name nothing else of the file is looked at')
  await succeeds(t, ['load', file('changed.yaml', changed)])
  await counts('loop.txt', loop + (release.knows.replicas ? 2 : 1))
  t.match(fieldsOf(await succeeds(t, ['show', 'loop'])), { Command: 'echo changed >> loop.txt; exec sleep 20000' })
  await settled(t)
}

async function webservice(t: Test, user: PypiUser): Promise<void> {
  const { succeeds, fails, become, dump, tool, port, jobs } = user
  const served = jobs.find(({ name }) => name === 'served')
  const command = String(served?.options['command'])
  const words = ['run', '--webservice', '--command', command, '--image', 'python3.11', '--port', String(port)]
  await fails(t, words, /public address is that of the job 'served'/)
  await succeeds(t, ['delete', 'served'])
  await succeeds(t, words)
  await become(t, { webservice: /^Running/ })
  const shown = fieldsOf(await succeeds(t, ['show', 'webservice']))
  t.match(shown, { 'Job type': 'webservice', Public: `https://${tool.name}.toolforge.org/` })
  const { path, entries } = await dump(t, 'webservice.yaml')
  t.match(
    entries.find(({ name }) => name === 'webservice'),
    { webservice: true, command, port: String(port) },
  )
  await succeeds(t, ['load', '--job', 'webservice', path], /webservice is already up to date/)
}

async function flush(t: Test, { succeeds, names, release }: PypiUser): Promise<void> {
  await succeeds(t, ['flush'])
  t.same(await names(t), [])
  if (release.knows.dump) await succeeds(t, ['dump'], /no jobs defined/)
}

const steps = {
  'images, quota, list': lookAround,
  'run --wait': waitForTheEnd,
  logs,
  'run, list': runAll,
  show,
  filelog,
  restart,
  refusals,
  delete: deleteOne,
  'dump, flush, load': dumpAndLoad,
  'load of what is there': loadUnchanged,
  'load of a changed file': loadChanged,
  webservice,
  flush,
}

interface At {
  platform: Platform
  /** Ports of the front doors. */
  doors: readonly number[]
}

async function journey(t: Test, { platform, doors }: At, release: PypiRelease): Promise<void> {
  const number = pypiReleases.indexOf(release)
  const tool = platform.tools[number]
  if (tool === undefined) throw new Error('a tool for each release was asked for')
  const url = `https://127.0.0.1:${doors[number % doors.length]}`
  const client = pypiClient(t, { release, kubeconfig: tool.kubeconfig, url, caFile: platform.caFile })
  if (client === undefined) return
  const user = pypiUser(t, { client, release, tool, port: await freePort() })
  for (const [name, step] of Object.entries(steps))
    if (name !== 'webservice' || release.knows.webservice) await t.test(name, t => step(t, user))
}

/** `PYPI_CLIENTS` names the releases to run, such as `15,16.2.3`; `all` are run on the real cluster too. */
const asked = process.env['PYPI_CLIENTS']
const isAsked = ({ version }: PypiRelease) => asked === 'all' || asked?.split(',').includes(version) === true

/** Those that differ most: a pod of the real cluster takes its time. */
const onReal = ['15', '16.1.0', '16.2.3']

const targets = {
  embedded: { start: embedded, usual: pypiReleases },
  'real cluster': { start: real, usual: pypiReleases.filter(({ version }) => onReal.includes(version)) },
}

const timeout = 30 * 60_000

t.setTimeout(timeout)
for (const [target, { start, usual }] of Object.entries(targets)) {
  t.test(`the clients of PyPI work on the ${target} platform`, { timeout }, async t => {
    if (!havePrograms(t, 'haproxy', 'nginx')) return
    const platform = await start(t, { tools: pypiReleases.length })
    if (platform === undefined) return
    const backends = [platform.proxyPort]
    const doors = [(await startHaproxy(t, { backends })).port, (await startNginxPassthrough(t, { backends })).port]
    t.jobs = 3
    for (const release of asked === undefined ? usual : pypiReleases.filter(isAsked))
      t.test(release.line, { buffered: true, timeout }, t => journey(t, { platform, doors }, release))
  })
}
