import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { dumped } from '../../../src/cli/job-dump.ts'
import { readJobFile } from '../../../src/cli/job-file.ts'
import { yamlText } from '../../../src/cli/structured.ts'
import type { Job } from '../../../src/contract/schemas.ts'
import { shownJob } from '../../support/cli.ts'

const one = (entry: string) => readJobFile(`- {name: one, image: b, ${entry}}`, 'f')[0]
const problem = (text: string): string => {
  try {
    return JSON.stringify(readJobFile(text, 'jobs.yaml'))
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

t.test('the keys are the long options of run', async t => {
  const file = `
- name: daily
  image: bookworm
  command: ./daily.sh --x 'y z'
  schedule: 10 3 * * *
  timezone: Europe/Berlin
  timeout: 3600
  retry: 2
  mem: 1Gi
  cpu: 0.50
  emails: onfailure
  mount: all
  filelog: yes
  filelog-stdout: o.log
  filelog-stderr: e.log
- {name: web, image: py, command: 007, continuous: true, port: 8080/udp, replicas: 2, health-check-script: ./ok, no-filelog: "true"}
- {webservice: yes, image: py, port: 8080/tcp, health-check-http: /h}
- {name: pub, image: py, command: c, continuous: True, port: 80, publish: /, filelog: false}
- {name: wait, image: py, command: c, wait: true}
- {name: wait-5, image: py, command: c, wait: 5, mem: ~, cpu: , continuous: false}
`
  const jobs = readJobFile(file, 'f')
  t.same(
    jobs.map(({ job }) => job),
    [
      {
        ...{ name: 'daily', imagename: 'bookworm', job_type: 'scheduled', cmd: "./daily.sh --x 'y z'", filelog: true },
        ...{ filelog_stdout: 'o.log', filelog_stderr: 'e.log', memory: '1Gi', cpu: '0.50', emails: 'onfailure' },
        ...{ mount: 'all', retry: 2, schedule: '10 3 * * *', timezone: 'Europe/Berlin', timeout: 3600 },
      },
      {
        ...{
          name: 'web',
          imagename: 'py',
          job_type: 'continuous',
          cmd: '007',
          filelog: false,
          replicas: 2,
          port: 8080,
        },
        ...{ port_protocol: 'udp', health_check: { type: 'script', script: './ok' } },
      },
      {
        ...{ name: 'webservice', imagename: 'py', job_type: 'webservice', port: 8080 },
        ...{ health_check: { type: 'http', path: '/h' } },
      },
      { ...{ name: 'pub', imagename: 'py', job_type: 'continuous', cmd: 'c', filelog: false, port: 80, publish: '/' } },
      { name: 'wait', imagename: 'py', job_type: 'one-off', cmd: 'c' },
      { name: 'wait-5', imagename: 'py', job_type: 'one-off', cmd: 'c' },
    ],
  )
  t.same(
    jobs.map(({ line, wait }) => [line, wait]),
    [
      [2, undefined],
      [16, undefined],
      [17, undefined],
      [18, undefined],
      [19, 600],
      [20, 5],
    ],
  )
})

t.test('the names of the wire mean the same', async t => {
  const wire = one(
    'cmd: c, memory: 1Gi, job_type: continuous, filelog_stdout: o, port: 80, port_protocol: tcp, health_check: {type: http, path: /h}, publish: yes',
  )
  t.same(wire?.job, {
    ...{ name: 'one', imagename: 'b', job_type: 'continuous', cmd: 'c', filelog_stdout: 'o', memory: '1Gi', port: 80 },
    ...{ port_protocol: 'tcp', health_check: { type: 'http', path: '/h' }, publish: '/' },
  })
  t.match(problem('- {name: a, imagename: b, image: b, cmd: c}'), /image: "image" says the same|imagename/)
})

t.test('anchors and merge keys are followed, what an entry says itself goes first', async t => {
  const file = `
- &base
  name: a
  image: b
  command: c
  mem: 1Gi
- {<<: *base, name: b, mem: 2Gi}
- {<<: [{cpu: 1}, *base, {cpu: 2}], name: c}
- *base
`
  t.match(problem(file), /line 9, job a: line 3 has a job of this name too/)
  const jobs = readJobFile(file.replace('- *base\n', ''), 'f').map(({ job }) => job)
  t.match(jobs, [
    { name: 'a', memory: '1Gi' },
    { name: 'b', memory: '2Gi', cmd: 'c' },
    { name: 'c', memory: '1Gi', cpu: '1' },
  ])
})

t.test('what is wrong is said with its line and its job, all at once', async t => {
  const good = 'image: b, command: c'
  const cases: [file: string, says: RegExp][] = [
    ['', /^jobs\.yaml: must be a list of jobs, .*empty list is \[\]/],
    ['name: x', /must be a list of jobs/],
    ['- 1', /line 1: must be a mapping/],
    ['- {name: x', /^jobs\.yaml, line 1: is not YAML: /],
    ['- a\n---\n- b', /is not YAML: it holds several documents/],
    ['['.repeat(100_000), /is not YAML: it is nested too deeply/],
    [
      `- {name: x, ${good}, colour: red}`,
      /^jobs\.yaml, line 1, job x: colour: unknown key; known are name, command, image/,
    ],
    [`- {name: x, ${good}, health_check_http: /}`, /did you mean "health-check-http"\?/],
    [`- {name: x, ${good}}\n- {name: y, image: b}`, /line 2, job y: the following arguments are required: --command/],
    ['- {name: x, command: c}', /line 1, job x: the key "image" is missing/],
    [`- {${good}}`, /line 1, entry 1: the following arguments are required: name/],
    [`- {name: X_y, ${good}}`, /"X_y" is not a job's name/],
    [`- {name: x, ${good}}\n\n- {name: x, ${good}}`, /line 3, job x: line 1 has a job of this name too/],
    [`- {name: x, ${good}, mem: 1, mem: 2}`, /the key "mem" is there twice/],
    [`- {name: x, ${good}, retry: 6}`, /retry: It must be a whole number from 0 to 5\. It is "6"/],
    [`- {name: x, ${good}, retry: two}`, /retry: It must be a whole number/],
    [`- {name: x, ${good}, emails: sometimes}`, /emails: Allowed choices are none, all/],
    [`- {name: x, ${good}, continuous: maybe}`, /continuous: It must be true or false\. It is "maybe"/],
    [`- {name: x, ${good}, mem: [1]}`, /mem: must not be a list/],
    [`- {name: x, ${good}, mem: {a: 1}}`, /mem: must not be a mapping/],
    [`- {name: x, ${good}, health_check: {type: tcp}}`, /health_check: must hold type and script/],
    [`- {name: x, ${good}, continuous: true, schedule: "@daily"}`, /schedule: not allowed with continuous/],
    [`- {name: x, ${good}, filelog: true, no-filelog: true}`, /no-filelog: not allowed with filelog/],
    [`- {name: x, ${good}, job_type: scheduled}`, /job_type: "scheduled" does not agree/],
    [`- {name: x, ${good}, job_type: cron}`, /job_type: must be one of one-off/],
    [`- {name: x, ${good}, port: 80}`, /--port is only valid for continuous/],
    [`- {name: x, ${good}, wait: 5, schedule: "@daily"}`, /wait: not allowed with schedule/],
    [`- {name: x, ${good}, mem: !!python/object x}`, /the tag .* is not known/],
    [`- {name: x, ${good}, mem: *no}`, /nothing before it is called &no/],
    [`- {name: x, ${good}, [a]: b}`, /a key must be a text/],
    [`- {name: "x\\e[2J", ${good}}`, /job x\\x1b\[2J: /],
    [`- &a {name: x, <<: *a}`, /nested too deeply/],
    ['#'.repeat(1024 * 1024 + 1), /is too large/],
    [`- {name: x, ${good}}\n`.repeat(501), /holds 501 jobs, 500 at most/],
  ]
  for (const [file, says] of cases) t.match(problem(file), says, file.slice(0, 100))
  const many = problem('- {colour: red}\n'.repeat(20))
  t.match(many, /^(jobs\.yaml, line \d+, entry \d+: .*\n){10}… and 30 more\nNothing was sent\.$/)
})

t.test('a file that grows when its aliases are followed is refused, and soon', async t => {
  const levels = Array.from({ length: 7 }, (_, n) => `&l${n + 1} {<<: [${Array(10).fill(`*l${n}`).join(', ')}]}`)
  t.match(problem(`- &l0 {a: b}\n${levels.map(level => `- ${level}\n`).join('')}`), /the file says too much/)
})

const text = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.constantFrom(
      'yes',
      'no',
      'null',
      '~',
      '0123',
      '1:30',
      '1_000',
      '.5',
      '=',
      '<<',
      '*a',
      '@daily',
      '# x',
      'a: b',
      '- x',
      '1e3',
      '0x1f',
      'N',
      '2026-01-01',
      ' x ',
      'a\nb\n\n',
      '\u0085',
      '\u202e',
    ),
  )
  .filter(each => each.trim() !== '')
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const common = {
  imagename: text,
  memory: maybe(text),
  cpu: maybe(text),
  emails: maybe(fc.constantFrom('none' as const, 'all' as const, 'onfinish' as const, 'onfailure' as const)),
}
const logs = { filelog: maybe(fc.boolean()), filelog_stdout: maybe(text), filelog_stderr: maybe(text) }
const check = maybe(
  fc.oneof(
    fc.record({ type: fc.constant('script' as const), script: text }, { noNullPrototype: true }),
    fc.record({ type: fc.constant('http' as const), path: text }, { noNullPrototype: true }),
  ),
)
const retry = maybe(fc.integer({ min: 0, max: 5 }))
const port = fc.integer({ min: 1, max: 65_535 })
const kinds = [
  fc.record({ ...common, ...logs, job_type: fc.constant('one-off' as const), cmd: text, retry }),
  fc.record({
    ...{ ...common, ...logs, job_type: fc.constant('scheduled' as const), cmd: text, retry, schedule: text },
    ...{ timezone: maybe(text), timeout: maybe(fc.nat({ max: 86_400 })) },
  }),
  fc.record({
    ...{ ...common, ...logs, job_type: fc.constant('continuous' as const), cmd: text, port, health_check: check },
    ...{ port_protocol: maybe(fc.constantFrom('tcp' as const, 'udp' as const)), replicas: maybe(fc.nat({ max: 9 })) },
  }),
  fc.record({
    ...{ ...common, job_type: fc.constant('webservice' as const), cmd: maybe(text), port: maybe(port) },
    ...{ health_check: check, replicas: maybe(fc.nat({ max: 9 })), mount: maybe(fc.constantFrom('all' as const)) },
  }),
]

t.test('what is dumped is loaded back as the same job, whatever its texts hold', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 4 }), async drawn => {
      const set = drawn.map((each, index) => {
        const given = Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined))
        return { name: `job-${index}`, ...given }
      })
      const jobs: Job[] = set.map(fields => {
        const { cmd: _, ...rest } = shownJob(fields.name, 'running', { image: 'reg/x', schedule_actual: '1 1 1 1 1' })
        return { ...rest, ...fields }
      })
      const yaml = await yamlText(jobs.map(dumped))
      if (/[^\n\t\x20-\x7e\xa0-\uffff]/.test(yaml)) throw new Error('a terminal obeys it')
      const loaded = readJobFile(yaml, 'f').map(({ job }) => job)
      deepEqual(loaded, set)
    }),
    { numRuns: 200 },
  )
})
