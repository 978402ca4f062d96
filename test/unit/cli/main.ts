import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { Stopped } from '../../../src/cli/failure.ts'
import type { Job } from '../../../src/contract/schemas.ts'
import { configure, type Got, type RunCliOptions, runCli, type Said, startCliService } from '../../support/cli.ts'
import { createTestClock } from '../../support/test-clock.ts'

const messages = { info: [], warning: [], error: [] }
const job = (name: string, short: Job['status']['short'], changes: Partial<Job> = {}): Job => ({
  name,
  job_type: 'one-off',
  cmd: './a.sh --x',
  imagename: 'bookworm',
  image: 'reg/bookworm:latest',
  image_state: 'stable',
  memory: '512Mi',
  cpu: '100m',
  emails: 'none',
  mount: 'all',
  retry: 2,
  filelog: true,
  filelog_stdout: 'one.out',
  filelog_stderr: 'one.err',
  status: { short, messages: [], up_to_date: true, duration: '1h2m' },
  status_short: 'x',
  status_long: 'x',
  ...changes,
})
const refused = (status: number, ...error: string[]): Said => ({ status, json: { error, code: 'x', request_id: 'r1' } })
const line = (message: string, datetime = '2026-01-01T00:00:00Z') => ({
  datetime,
  pod: 'p-1',
  container: 'job',
  message,
})
const linesOf = (...all: object[]): Said => ({ pieces: all.map(one => `${JSON.stringify(one)}\n`) })

const start = async (t: Test, answer: (got: Got, count: number) => Said) => {
  const service = await startCliService(t, answer)
  const cli = (words: string | readonly string[], options: Partial<RunCliOptions> = {}) =>
    runCli(typeof words === 'string' ? words.split(' ') : words, { home: service.home, ...options })
  return { service, cli, got: () => service.got.map(({ method, path }) => `${method} ${path}`) }
}

const J = '/jobs/v1/tool/tf-test'
const L = '/logs/v1/tool/tf-test'

t.test('list shows names, types and status, in more detail, as names, and for programs', async t => {
  const jobs = [job('one', 'succeeded'), job('a-longer-one', 'running', { image_state: 'deprecated', retry: 0 })]
  const { cli, got } = await start(t, () => ({ json: { jobs, messages } }))
  t.same(await cli('list'), {
    code: 0,
    out: 'Job name      Job type  Status\none           one-off   Succeeded for 1h2m\na-longer-one  one-off   Running for 1h2m\n',
    err: '',
  })
  const long = await cli('list -o long')
  t.match(
    long.out,
    /^Job name +Command +Job type +Image +Port +Public +File log +Output log +Error log +Emails +Resources +Replicas +Mounts +Retry +Timeout +Health check +Status\n/,
  )
  t.match(
    long.out,
    /mem: 512Mi, cpu: 100m +N\/A +all +yes: 2 time\(s\) +N\/A +N\/A +Succeeded for 1h2m\n.*bookworm \(deprecated\).* no +N\/A +N\/A +Running/,
  )
  const old = await cli('list -l')
  t.equal(old.out, long.out)
  t.match(old.err, /Warning: the `--long` flag is deprecated/)
  t.equal((await cli('list --output=name')).out, 'one\na-longer-one\n')
  t.same(JSON.parse((await cli('list -o json')).out), jobs)
  t.same(parse((await cli('list -oyaml')).out), jobs)
  t.same(new Set(got()), new Set([`GET ${J}/jobs`]))
})

t.test('an empty list prints nothing, unless a person looks', async t => {
  const { cli } = await start(t, () => ({ json: { jobs: [], messages } }))
  for (const format of ['normal', 'long', 'name']) t.same(await cli(`list -o ${format}`), { code: 0, out: '', err: '' })
  t.equal((await cli('list -o json')).out, '[]\n')
  const seen = await cli('list', { terminal: { columns: 80 } })
  t.match(seen, { code: 0, out: '', err: /The tool tf-test has no jobs\./ })
})

t.test('colours are for terminals, and not for those who want none', async t => {
  const { cli } = await start(t, () => ({ json: { jobs: [job('one', 'failed')], messages } }))
  const terminal = { columns: 80 }
  t.match((await cli('list', { terminal })).out, '\x1b[31mFailed for 1h2m\x1b[39m')
  for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    t.notMatch((await cli('list', { terminal, environment })).out, '\x1b')
  }
})

t.test('images, quota and show give tables, and all they know for programs', async t => {
  const images = [{ shortname: 'bookworm', image: 'reg/bookworm' }]
  const categories = [
    { name: 'Running jobs', items: [{ name: 'CPU', limit: '8', used: '0.5' }] },
    { name: 'Per-job limits', items: [{ name: 'Memory', limit: '6Gi' }] },
  ]
  const one = job('one', 'failed', {
    status: { short: 'failed', messages: ['Exit code 3', 'See its log'], up_to_date: true },
  })
  const { cli, got } = await start(t, ({ path }) => ({
    json: path.endsWith('images')
      ? { images, messages }
      : path.endsWith('quotas')
        ? { quota: { categories } }
        : { job: one },
  }))
  t.equal((await cli('images')).out, 'Short name  Container image URL\nbookworm    reg/bookworm\n')
  t.equal(
    (await cli('quota')).out,
    'Running jobs  Used  Limit\nCPU           0.5   8\n\nPer-job limits  Limit\nMemory          6Gi\n',
  )
  const shown = (await cli('show one')).out
  t.match(shown, /^Job name: {4}one\nCommand: {5}\.\/a\.sh --x\n/)
  t.match(shown, /\nStatus: +Failed\nHints: +Exit code 3\. See its log\n$/)
  t.same(JSON.parse((await cli('images -o json')).out), images)
  t.same(JSON.parse((await cli('quota -o json')).out), { categories })
  t.same(JSON.parse((await cli('show -o json one')).out), one)
  t.same(got().slice(0, 3), [`GET ${J}/images`, `GET ${J}/quotas`, `GET ${J}/jobs/one`])
})

t.test('run sends what was said and nothing else', async t => {
  const { cli, service } = await start(t, () => ({ status: 201, json: { job: job('one', 'pending'), messages } }))
  const bodies: [words: string[], body: object][] = [
    [['--command', './a.sh --x'], { cmd: './a.sh --x' }],
    [['--command=-x', '--no-filelog'], { cmd: '-x', filelog: false }],
    [
      [
        '--command',
        'c',
        '--filelog',
        '-o',
        'o.log',
        '-e',
        'e.log',
        '--retry',
        '2',
        '--mem',
        '1Gi',
        '--cpu',
        '1',
        '--emails',
        'all',
        '--mount',
        'all',
      ],
      {
        ...{ cmd: 'c', filelog: true, filelog_stdout: 'o.log', filelog_stderr: 'e.log', retry: 2 },
        ...{ memory: '1Gi', cpu: '1', emails: 'all', mount: 'all' },
      },
    ],
    [
      ['--command', 'c', '--filelog-stdout', 'o', '--filelog-stderr', 'e', '--mount=none', '--retry=0'],
      { cmd: 'c', filelog_stdout: 'o', filelog_stderr: 'e', mount: 'none', retry: 0 },
    ],
  ]
  for (const [words, body] of bodies) {
    t.same(await cli(['run', 'one', '--image', 'bookworm', ...words]), { code: 0, out: '', err: '' })
    const sent = service.got.at(-1)
    t.equal(`${sent?.method} ${sent?.path}`, `POST ${J}/jobs`)
    t.same(JSON.parse(sent?.body ?? ''), { name: 'one', imagename: 'bookworm', job_type: 'one-off', ...body })
  }
  t.match(
    (await cli('run one --image b --command c', { terminal: { columns: 80 } })).err,
    /Created the job one\. .* show one/,
  )
  t.match(JSON.parse((await cli('run one --image b --command c --output json')).out), { name: 'one' })
})

t.test('what can not be right is refused without a request', async t => {
  const { cli, service } = await start(t, () => ({ json: {} }))
  const run = ['run', 'one', '--image', 'b', '--command', 'c']
  const cases: [words: string[], code: number, err: RegExp][] = [
    [['run', 'one', '--image', 'b'], 1, /^ERROR: the following arguments are required: --command\n$/],
    [['run', '--image', 'b', '--command', 'c'], 1, /^ERROR: the following arguments are required: name\n$/],
    [
      ['run', 'one', '--command', 'c'],
      2,
      /^usage: toolforge-jobs run .*\ntoolforge-jobs run: error: required option '--image/,
    ],
    [['run', 'One', '--image', 'b', '--command', 'c'], 1, /"One" is not a job's name/],
    [['run', 'one', '--image', 'b', '--command', ' '], 1, /say what to run/],
    [[...run, '--filelog', '--mount', 'none'], 1, /Specifying --filelog requires --mount=all/],
    [[...run, '--filelog', '--no-filelog'], 2, /argument --no-filelog: not allowed with argument --filelog/],
    [[...run, '--retry', '6'], 2, /whole number from 0 to 5/],
    [[...run, '--emails', 'x'], 2, /Allowed choices are none, all, onfinish, onfailure/],
    [[...run, '--mount', 'x'], 2, /Allowed choices are all, none/],
    [[...run, '--wait', 'x'], 2, /whole number/],
    [[...run, '--port', '1'], 1, /--port is only valid for continuous/],
    [[...run, '--port', '1/sctp'], 2, /a port such as 8080/],
    [[...run, '--continuous', '--schedule', '@daily'], 2, /--schedule: not allowed with argument --continuous/],
    [[...run, '--wait', '--webservice'], 2, /--webservice: not allowed with argument --wait/],
    [[...run, '--health-check-http', '/', '--health-check-script', 'x'], 2, /not allowed with argument/],
    [[...run, '--publish', '/x'], 2, /Allowed choices are \//],
    [['load'], 2, /missing required argument 'file'/],
    [['load', 'x', '--job', 'a', '--prune'], 2, /'--prune' cannot be used with option '--job/],
    [['load', '/nowhere/x.yaml'], 1, /x\.yaml: there is no such file/],
    [['completion', 'fish'], 2, /choose from bash/],
    [['restart', '../x'], 1, /is not a job's name/],
    [['why', ''], 1, /is not a job's name/],
    [['watch', '..'], 1, /is not a job's name/],
    [['delete', ''], 1, /"" is not a job's name/],
    [['delete', '..'], 1, /"\.\." is not a job's name/],
    [['show', '../images'], 1, /is not a job's name/],
    [['logs', ''], 1, /is not a job's name/],
    [['logs', 'one', '-l', 'x'], 2, /whole number/],
    [['show'], 2, /missing required argument 'name'/],
    [['show', 'a', 'b'], 2, /too many arguments/],
    [['list', '-o', 'x'], 2, /Allowed choices are normal, long, name, json, yaml/],
    [['lst'], 2, /unknown command 'lst'\n\(Did you mean list\?\)/],
  ]
  for (const [words, code, err] of cases) t.match(await cli(words), { code, out: '', err }, words.join(' '))
  t.same(service.got, [])
})

t.test('help and version are for everybody; no command is a mistake', async t => {
  const home = t.testdir({})
  t.match(await runCli(['--version'], { home }), { code: 0, out: /^\d+\.\d+\.\d+\n$/, err: '' })
  t.match(await runCli(['--help'], { home }), { code: 0, out: /Examples:\n {2}toolforge-jobs run/, err: '' })
  t.match(await runCli([], { home }), { code: 2, out: '', err: /Usage: toolforge-jobs/ })
  for (const command of [
    ...['images', 'quota', 'run', 'show', 'list', 'logs', 'delete', 'flush'],
    ...['why', 'restart', 'load', 'plan', 'dump', 'watch', 'completion'],
  ]) {
    t.match(await runCli([command, '-h'], { home }), { code: 0, out: /Examples:/, err: '' }, command)
  }
  const wrapped = await runCli(['run', '-h'], { home, environment: { TOOLFORGE_CLI: '1' } })
  t.match(wrapped.out, /Usage: toolforge jobs run/)
})

t.test('what the service says beside its answer is passed on', async t => {
  const said = { info: ['made it'], warning: ['careful\x1b[2J'], error: [] }
  const { cli } = await start(t, () => ({ json: { job: job('one', 'pending'), jobs: [], messages: said } }))
  const run = 'run one --image b --command c'
  t.same(await cli(run), { code: 0, out: 'made it\n', err: 'Warning: careful\\x1b[2J\n' })
  t.same(await cli('delete one'), { code: 0, out: 'made it\n', err: 'Warning: careful\\x1b[2J\n' })
  const forPrograms = await cli('list -o json')
  t.same(forPrograms, { code: 0, out: '[]\n', err: 'made it\nWarning: careful\\x1b[2J\n' }, 'the data stays pure')
})

t.test('a refusal is shown line by line: 4xx ends with 1, 5xx with 2', async t => {
  const { cli } = await start(t, ({ path }) => {
    const status = Number(path.match(/\d+$/)?.[0])
    if (status === 502) return { status, pieces: ['<html>bad gateway</html>'] }
    return refused(status, 'first', 'second\x1b[2J')
  })
  for (const status of [400, 401, 403, 404, 409, 429]) {
    t.same(
      await cli(`show x${status}`),
      { code: 1, out: '', err: 'ERROR: first\nERROR: second\\x1b[2J\n' },
      `${status}`,
    )
  }
  t.same(await cli('show x500'), {
    code: 2,
    out: '',
    err: "ERROR: first\nERROR: second\\x1b[2J\nERROR: Please tell the administrators if it persists, with the request's id: r1\n",
  })
  t.match(await cli('show x502'), {
    code: 2,
    err: 'ERROR: The jobs service seems to be down - please retry in a few minutes.\nERROR: HTTP status 502: <html>bad gateway</html>\n',
  })
})

t.test('--debug tells of configuration, requests and request ids, without a secret', async t => {
  const { cli, service } = await start(t, () => ({ ...refused(404, 'no'), headers: { 'x-request-id': 'r1' } }))
  for (const options of [{}, { environment: { TOOLFORGE_DEBUG: '1' } }]) {
    const { err } = await cli('environment' in options ? 'show one' : '--debug show one', options)
    for (const part of [
      /configuration: .*\.toolforge\.yaml/,
      /kubeconfig: /,
      /--> GET /,
      /<-- 404 after .* request r1/,
    ]) {
      t.match(err, part)
    }
    t.notMatch(err, 'PRIVATE KEY')
  }
  t.match((await cli('show one --debug')).err, /--> GET /)
  t.equal(service.got.length, 3)
})

t.test('an answer that is not of the service is no stack trace', async t => {
  const { cli } = await start(t, () => ({ json: {} }))
  const { code, err } = await cli('list')
  t.equal(code, 2)
  t.match(err, /^ERROR: /)
  t.notMatch(err, /\n +at /)
})

t.test('a service that is not there: why, and exit code 2', async t => {
  const { cli, service } = await start(t, () => ({ json: {} }))
  configure(service.home, 'api_gateway:\n  url: https://127.0.0.1:1\n')
  t.match(await cli('list'), { code: 2, out: '', err: /seems to be down.*\nERROR: Nothing listens on port 1 of 127/ })
  rmSync(join(service.home, '.toolforge.yaml'))
  t.match(await cli('list'), { code: 1, err: /not configured where the jobs service is/ })
})

t.test('run --wait ends with the job, and says how', async t => {
  for (const [short, code, out, err] of [
    [
      'succeeded',
      0,
      /^$/,
      /job 'one' is created\njob 'one' is pending\njob 'one' is running\nINFO: job 'one' completed \(succeeded after 0s\)\n/,
    ],
    ['failed', 1, /^Job name: +one\n/, /ERROR: job 'one' failed \(after 0s\):\n/],
  ] as const) {
    const { cli, got } = await start(t, ({ method, path }) => {
      if (method === 'POST' || !path.includes('/events')) return { json: { job: job('one', 'pending'), messages } }
      const events = [job('one', 'running'), job('other', 'succeeded'), job('one', short)]
      return {
        pieces: [':\n\n', ...events.map(each => `data: ${JSON.stringify({ type: 'job', job: each })}\n\n`)],
        open: true,
      }
    })
    t.match(await cli('run one --image b --command c --wait', { clock: createTestClock() }), { code, out, err })
    t.same(got(), [`POST ${J}/jobs`, `GET ${J}/events?name=one`, `GET ${J}/jobs/one`])
  }
})

t.test('run --wait: time over and a job that is gone are neither success nor failure', async t => {
  const answers = {
    running: { code: 2, out: /^Job name/, err: /timed out 1 seconds waiting for job 'one' to complete; it goes on/ },
    gone: { code: 2, out: /^$/, err: /job 'one' is gone: it was deleted while it was waited for/ },
  }
  for (const [what, expected] of Object.entries(answers)) {
    const { cli } = await start(t, ({ method }) => {
      if (method === 'GET' && what === 'gone') return refused(404, 'no such job')
      return { json: { job: job('one', 'running'), messages } }
    })
    t.match(await cli('run one --image b --command c --wait 1'), expected, what)
  }
})

t.test('Ctrl-C while waiting leaves the job running, and says so', async t => {
  const stop = new AbortController()
  const { cli } = await start(t, () => ({ json: { job: job('one', 'running'), messages } }))
  const onWrite = (text: string) => {
    if (text.includes('is running')) stop.abort(new Stopped(130))
  }
  const ran = await cli('run one --image b --command c --wait', { signal: stop.signal, onWrite })
  t.match(ran, {
    code: 130,
    err: /The job 'one' goes on without being waited for\. See how: toolforge-jobs show one\n$/,
  })
})

t.test('logs come oldest first, page after page', async t => {
  const { cli, got } = await start(t, (_, count) => ({
    json: {
      data: {
        logs: count === 1 ? [line('c'), line('b')] : [line('a')],
        ...(count === 1 ? { next: { url: '?direction=newest_first&cursor=2' } } : {}),
      },
    },
  }))
  const { code, out } = await cli('logs one -l 5 --since 2h --until 2026-03-02T21:29:55+01:00')
  t.equal(code, 0)
  t.equal(out, ['a', 'b', 'c'].map(text => `2026-01-01T00:00:00Z [p-1] [job] ${text}\n`).join(''))
  const query = 'lines=5&since=2h&until=2026-03-02T21%3A29%3A55%2B01%3A00&direction=newest_first'
  t.same(got(), [`GET ${L}/job/one/logs?${query}`, `GET ${L}/job/one/logs?${query}&cursor=2`])
})

t.test("a tool's text reaches a pipe as it is, and a terminal without what it obeys", async t => {
  const text = '\x1b]0;x\x07\ttab\u202e\r'
  const { cli } = await start(t, () => linesOf(line(text)))
  t.equal((await cli('logs -f one')).out, `2026-01-01T00:00:00Z [p-1] [job] ${text}\n`)
  const shown = await cli('logs -f one', { terminal: { columns: 80 }, environment: { NO_COLOR: '1' } })
  t.equal(shown.out, '2026-01-01T00:00:00Z [p-1] [job] \\x1b]0;x\\x07\ttab\\u202e\n')
  const json = (await cli('logs -f one -o json')).out
  t.notMatch(json, /[\x1b\u202e]/)
  t.same(JSON.parse(json), line(text))
})

t.test("of a job with log files the files' lines are read, followed or not", async t => {
  const { cli, got } = await start(t, ({ path }) => {
    if (path.includes('/logs/v1/')) return refused(404, "Job 'one' does not have any logs available")
    if (path.includes('/jobs/one/logs')) return linesOf({ ...line('x', ''), pod: 'one.out', container: 'stdout' })
    return { json: { job: job('one', 'running') } }
  })
  t.same(await cli('logs one -l 3'), { code: 0, out: '[one.out] [stdout] x\n', err: '' })
  t.same(await cli('logs -f one'), { code: 0, out: '[one.out] [stdout] x\n', err: '' })
  t.same(got(), [
    `GET ${L}/job/one/logs?lines=3&direction=newest_first`,
    `GET ${J}/jobs/one`,
    `GET ${J}/jobs/one/logs?lines=3`,
    `GET ${L}/job/one/logs_stream`,
    `GET ${J}/jobs/one`,
    `GET ${J}/jobs/one/logs?follow=true`,
  ])
  t.match(await cli('logs one --since 1h'), { code: 1, out: '', err: /hold no times: leave out --since and --until/ })
})

t.test('without log files, or without the job, the refusal stands', async t => {
  for (const status of [200, 404]) {
    const { cli } = await start(t, ({ path }) => {
      if (path.includes('/logs/v1/')) return refused(404, "Job 'one' does not have any logs available")
      return status === 404 ? refused(404, 'gone') : { json: { job: job('one', 'succeeded', { filelog: false }) } }
    })
    t.same(await cli('logs one'), { code: 1, out: '', err: "ERROR: Job 'one' does not have any logs available\n" })
  }
})

t.test('a refusal of another kind than "nothing there" is not looked into further', async t => {
  const { cli, got } = await start(t, () => refused(403, 'no'))
  t.same(await cli('logs one'), { code: 1, out: '', err: 'ERROR: no\n' })
  t.same(got(), [`GET ${L}/job/one/logs?direction=newest_first`])
})

t.test('Ctrl-C ends the following of a log, without fuss', async t => {
  const { cli } = await start(t, () => ({ pieces: [`${JSON.stringify(line('a'))}\n`], open: true }))
  const stop = new AbortController()
  const onWrite = (text: string) => {
    if (text.endsWith('a\n')) stop.abort(new Stopped(130))
  }
  t.same(await cli('logs -f one', { signal: stop.signal, onWrite }), {
    code: 0,
    out: '2026-01-01T00:00:00Z [p-1] [job] a\n',
    err: '',
  })
})

t.test('flush asks on a terminal, and only there', async t => {
  const jobs = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => job(name, 'running'))
  const { cli, got, service } = await start(t, ({ method }) => ({ json: method === 'GET' ? { jobs } : { messages } }))
  const asked = (typed: string) => cli('flush', { terminal: { columns: 80, typed } })
  t.match(await asked('n\n'), {
    code: 1,
    err: /Delete all jobs of the tool tf-test \(7: a, b, c, d, e, and 2 more\)\? \[y\/N\] .*Nothing was deleted/s,
  })
  t.match(await asked(''), { code: 1, err: /Nothing was deleted/ })
  t.same(new Set(got()), new Set([`GET ${J}/jobs`]))
  t.match(await asked('y\n'), { code: 0, err: /Deleted all jobs/ })
  t.equal(got().at(-1), `DELETE ${J}/jobs`)
  service.got.length = 0
  t.same(await cli('flush'), { code: 0, out: '', err: '' })
  t.match(await cli('flush', { terminal: { columns: 80, typed: 'n\n', pipedInput: true } }), { code: 0 })
  t.match(await cli('flush --yes', { terminal: { columns: 80, typed: 'n\n' } }), { code: 0 })
  t.same(got(), Array(3).fill(`DELETE ${J}/jobs`))
})

t.test('a kubeconfig that can not be used is said in words', async t => {
  const { cli, service } = await start(t, () => ({ json: {} }))
  writeFileSync(join(service.home, '.kube/client.key'), service.ca.key)
  t.match(await cli('list'), {
    code: 1,
    err: /certificate and key of the tool tf-test can't be used: they are no pair/,
  })
  rmSync(join(service.home, '.kube'), { recursive: true })
  t.match(await cli('list'), { code: 1, err: /\.kube\/config \(kubeconfig\): there is no such file/ })
})
