import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import type { Plan, PlannedJob } from '../../../src/contract/plan-schemas.ts'
import { type Got, type RunCliOptions, runCli, type Said, shownJob, startCliService } from '../../support/cli.ts'

const messages = { info: [], warning: [], error: [] }
const J = '/jobs/v1/tool/tf-test'

const planned = (name: string, action: PlannedJob['action'], changes: Partial<PlannedJob> = {}): PlannedJob => ({
  ...{ name, job_type: 'one-off', action, changes: [], restarts: false, problems: [], warnings: [] },
  ...changes,
})
const planOf = (jobs: PlannedJob[], changes: Partial<Plan> = {}): Plan => ({
  ...{ id: 'p1', jobs, quota: [], feasible: true },
  ...changes,
})
const refusal = (status: number, code: string, error: string): Said => ({
  status,
  json: { error: [error], code, request_id: 'r1' },
})

/** A service that plans `plan` and carries it out, and a file with two jobs. */
const start = async (t: Test, answer: (got: Got, count: number) => Said | Plan) => {
  const service = await startCliService(t, (got, count) => {
    const said = answer(got, count)
    return 'id' in said ? { json: { plan: said, messages } } : said
  })
  const file = join(service.home, 'jobs.yaml')
  writeFileSync(file, '- {name: a, image: b, command: c}\n- {name: web, image: b, command: c, continuous: true}\n')
  const cli = (words: string, options: Partial<RunCliOptions> = {}) =>
    runCli(words.replace('FILE', file).split(' '), { home: service.home, ...options })
  const got = () => service.got.map(({ method, path }) => `${method} ${path}`)
  const bodies = () => service.got.map(({ body }) => (body === '' ? undefined : JSON.parse(body)))
  return { service, file, cli, got, bodies }
}

const jobs = [
  { name: 'a', imagename: 'b', job_type: 'one-off', cmd: 'c' },
  { name: 'web', imagename: 'b', job_type: 'continuous', cmd: 'c' },
]

const full = planOf(
  [
    planned('a', 'create', { changes: [{ field: 'cmd', from: null, to: 'c' }], warnings: ['no e-mail'] }),
    planned('web', 'change', {
      job_type: 'continuous',
      restarts: true,
      changes: [
        { field: 'memory', from: '512Mi', to: '1Gi' },
        { field: 'health_check', from: null, to: { type: 'http', path: '/h' } },
        { field: 'cmd', from: ' x', to: 'y\x1b[2J' },
      ],
    }),
    planned('cron', 'create', { job_type: 'scheduled', next_runs: ['2026-11-23T02:00:00Z'] }),
    planned('sync', 'run'),
    planned('same', 'keep'),
    planned('old', 'remove'),
  ],
  { quota: [{ name: 'limits.memory', used: '1Gi', planned: '3Gi', limit: '8Gi', fits: true }] },
)

t.test('plan shows field by field what load would do, and sends nothing else', async t => {
  const { cli, got, bodies } = await start(t, () => full)
  const { code, out, err } = await cli('plan FILE --prune')
  t.same({ code, err }, { code: 0, err: '' })
  t.equal(
    out,
    `+ a (one-off) will be created
    cmd  c
    warning: no e-mail
~ web (continuous) will be changed, and restarted
    memory        512Mi -> 1Gi
    health_check  (not set) -> http /h
    cmd           " x" -> y\\x1b[2J
+ cron (scheduled) will be created
    next runs: 2026-11-23T02:00:00Z
> sync (one-off) will run again
= same (one-off) is already up to date
- old (one-off) will be removed

Quota          Used  With this plan  Limit
limits.memory  1Gi   3Gi             8Gi

2 to create, 1 to change, 1 to run again, 1 to remove, 1 up to date.
`,
  )
  t.same(got(), [`POST ${J}/plan`])
  t.same(bodies(), [{ jobs, prune: true }])
  t.equal((await cli('load FILE --dry-run')).out, out)
  t.same(JSON.parse((await cli('plan FILE -o json')).out), full)
  t.same(bodies().at(-1), { jobs, prune: false })
})

t.test('plan ends with 3 only where that is asked for, and with 1 when the cluster would refuse', async t => {
  const nothing = planOf([planned('a', 'keep')])
  const bad = planOf([planned('a', 'create', { problems: ['Out of memory quota.'] })], { feasible: false })
  for (const [plan, words, code] of [
    [full, 'plan FILE --exit-code', 3],
    [nothing, 'plan FILE --exit-code', 0],
    [bad, 'plan FILE --exit-code', 1],
    [bad, 'plan FILE', 1],
    [bad, 'load FILE', 1],
  ] as const) {
    const { cli, got } = await start(t, () => plan)
    const ran = await cli(words)
    t.equal(ran.code, code, words)
    if (plan === bad) t.match(ran.out, /problem: Out of memory quota\.[\s\S]*The cluster would refuse this/)
    t.same(got(), [`POST ${J}/plan`], 'nothing is carried out')
  }
})

t.test('load carries out the plan that it showed', async t => {
  const { cli, got, bodies } = await start(t, () => full)
  const { code, out, err } = await cli('load FILE --prune')
  t.equal(code, 0)
  t.match(out, /^\+ a \(one-off\) will be created/)
  t.match(err, /^Done: 2 to create, /)
  t.same(got(), [`POST ${J}/plan`, `POST ${J}/apply`])
  t.same(bodies()[1], { jobs, prune: true, plan: 'p1' })
  const quiet = await cli('load FILE -o json')
  t.same(JSON.parse(quiet.out), full)
})

t.test('load of what is up to date says so and writes nothing', async t => {
  const { cli, got } = await start(t, () => planOf([planned('a', 'keep')]))
  const { code, out } = await cli('load FILE')
  t.equal(code, 0)
  t.match(out, /= a \(one-off\) is already up to date\n\n1 up to date\.\n/)
  t.same(got(), [`POST ${J}/plan`])
  t.same(JSON.parse((await cli('load FILE -o json')).out), planOf([planned('a', 'keep')]))
})

t.test('before jobs are removed a person at a terminal is asked, unless that was said to be right', async t => {
  const { cli, got, service } = await start(t, () => full)
  const terminal = (typed: string) => ({ terminal: { columns: 80, typed }, environment: { NO_COLOR: '1' } })
  for (const typed of ['n\n', '', '\n']) {
    const ran = await cli('load FILE --prune', terminal(typed))
    t.match(ran, { code: 1, err: /remove jobs of the tool tf-test \(1: old\)\? \[y\/N\] [\s\S]*Nothing was changed/ })
    t.match(ran.out, /- old \(one-off\) will be removed/, 'the plan is seen before')
  }
  t.same(new Set(got()), new Set([`POST ${J}/plan`]))
  service.got.length = 0
  t.match(await cli('load FILE --prune', terminal('y\n')), { code: 0 })
  const unasked = await cli('load FILE --prune --yes', terminal('n\n'))
  t.equal(unasked.code, 0)
  t.notMatch(unasked.err, /\[y\/N\]/)
  t.equal(got().filter(each => each === `POST ${J}/apply`).length, 2)
})

t.test('when something changed meanwhile it plans again, but not over the head of who agreed', async t => {
  const conflict = refusal(409, 'conflict', 'the jobs are not as they were')
  const again = await start(t, ({ path }, count) => (path.endsWith('apply') && count < 4 ? conflict : full))
  const ran = await again.cli('load FILE')
  t.match(ran, { code: 0, err: /^Something changed meanwhile, and nothing was done: planning again\.\nDone/ })
  t.equal(again.got().length, 4)

  const never = await start(t, ({ path }) => (path.endsWith('apply') ? conflict : full))
  t.match(await never.cli('load FILE'), { code: 1, err: /not as they were\n.*look at the new one, and load again/ })
  t.equal(never.got().length, 6)

  const agreed = await start(t, ({ path }) => (path.endsWith('apply') ? conflict : full))
  t.match(await agreed.cli('load FILE --prune', { terminal: { columns: 80, typed: 'y\n' } }), { code: 1 })
  t.equal(agreed.got().length, 2)

  const refused = await start(t, ({ path }) => (path.endsWith('apply') ? refusal(403, 'quota', 'too much') : full))
  t.match(await refused.cli('load FILE'), { code: 1, err: 'ERROR: too much\n' })
})

t.test('only some jobs of a file are loaded by --job; a file may come through a pipe', async t => {
  const { cli, bodies, got, file } = await start(t, () => full)
  await cli('load FILE --job web')
  t.same(bodies()[0], { jobs: [jobs[1]], prune: false })
  await cli('load FILE --job a --job web')
  t.same(bodies()[2], { jobs, prune: false })
  const before = got().length
  t.match(await cli('load FILE --job other'), { code: 1, err: /jobs\.yaml: has no job "other"/ })
  t.equal(got().length, before)
  await cli('plan -', { piped: readFileSync(file, 'utf8') })
  t.same(bodies().at(-1), { jobs, prune: false })
})

t.test('a file that is wrong is refused before anything is sent', async t => {
  const { cli, service, file } = await start(t, () => full)
  writeFileSync(file, '- {name: a, image: b, command: c}\n- {name: x, image: b, command: c, colour: red}\n')
  for (const words of ['load FILE', 'plan FILE', 'load FILE --job a']) {
    t.match(await cli(words), { code: 1, out: '', err: /jobs\.yaml, line 2, job x: colour: unknown key/ })
  }
  t.same(service.got, [])
})

t.test('what follows a job that is waited for is loaded only when that has succeeded', async t => {
  for (const [short, code] of [
    ['succeeded', 0],
    ['failed', 1],
  ] as const) {
    const { cli, got, bodies, file } = await start(t, ({ method, path }) => {
      if (method === 'DELETE') return refusal(404, 'not_found', 'gone')
      if (path.endsWith('/plan'))
        return planOf([planned('a', 'run'), planned('web', 'create'), planned('old', 'remove')])
      if (method === 'POST') return planOf([])
      if (path.includes('/events')) return refusal(404, 'not_found', 'none')
      return { json: { job: shownJob('a', short) } }
    })
    writeFileSync(
      file,
      '- {name: a, image: b, command: c, wait: 5}\n- {name: web, image: b, command: c, continuous: true}\n',
    )
    const ran = await cli('load FILE --prune')
    t.equal(ran.code, code)
    const first = [`POST ${J}/plan`, `POST ${J}/apply`, `GET ${J}/events?name=a`, `GET ${J}/jobs/a`]
    t.same(got(), code === 0 ? [...first, `POST ${J}/apply`, `DELETE ${J}/jobs/old`] : first)
    t.same(bodies()[1], { jobs: [jobs[0]], prune: false })
    t.match(
      ran.err,
      code === 0 ? /job 'a' completed[\s\S]*Done/ : /job 'a' failed[\s\S]*after it in the file was not loaded/,
    )
  }
})

t.test('dump writes what was set in the form that load reads', async t => {
  const set = [
    shownJob('one', 'running', { filelog: false, memory: '1Gi', retry: 0, image: 'reg/b' }),
    shownJob('cron', 'running', {
      job_type: 'scheduled',
      schedule: '0 3 * * *',
      schedule_actual: '7 3 * * *',
      timezone: 'Europe/Berlin',
    }),
    shownJob('web', 'running', { job_type: 'continuous', port: 80, port_protocol: 'tcp', publish: '/', filelog: true }),
  ]
  const { cli, got, service } = await start(t, () => ({ json: { jobs: set, messages } }))
  const expected = [
    { name: 'one', command: './a.sh --x', image: 'bookworm', mem: '1Gi', retry: 0, 'no-filelog': true },
    { name: 'cron', command: './a.sh --x', image: 'bookworm', schedule: '0 3 * * *', timezone: 'Europe/Berlin' },
    ...[
      {
        name: 'web',
        command: './a.sh --x',
        image: 'bookworm',
        continuous: true,
        port: '80/tcp',
        publish: '/',
        filelog: true,
      },
    ],
  ]
  const dumped = await cli('dump')
  t.same(parse(dumped.out), expected)
  t.same(JSON.parse((await cli('dump -o json')).out), expected)
  const to = join(service.home, 'dump.yaml')
  t.same(await cli(`dump -f ${to}`), { code: 0, out: '', err: '' })
  t.equal(readFileSync(to, 'utf8'), dumped.out)
  t.same(new Set(got()), new Set([`GET ${J}/jobs?include_unset=false`]))
  t.match(await cli('dump -f /nowhere/x'), {
    code: 1,
    err: /\/nowhere\/x: could not be written: there is no such folder/,
  })
})

t.test('without jobs there is no dump and no file', async t => {
  const { cli, service } = await start(t, () => ({ json: { jobs: [], messages } }))
  const to = join(service.home, 'dump.yaml')
  t.match(await cli(`dump -f ${to}`), {
    code: 0,
    out: '',
    err: /Warning: no jobs defined, file .* will not be created/,
  })
  t.notOk(existsSync(to))
})
