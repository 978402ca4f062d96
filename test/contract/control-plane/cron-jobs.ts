import type { Test } from 'tap'
import { at, listAt, textAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'
import {
  becomes,
  changed,
  collections,
  created,
  finished,
  goes,
  got,
  jobOf,
  namesIn,
  openWatch,
  podSpec,
  podsOf,
  refused,
  roomyTool,
} from './kit.ts'
import type { Suite, Target, TargetTool } from './target.ts'

const minute = 60_000
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
/** Comes up while a test waits; but the runs of one minute have one name, so that there is one a minute at most. */
const soon = '@every 1s'
const never = '0 0 1 1 *'
const endless = 'while :; do sleep 0.1; done'

const pathOf = ({ namespace }: TargetTool): string => `/apis/batch/v1/namespaces/${namespace}/cronjobs`

interface CronJobOptions {
  image: string
  /** Run by `sh -c`. */
  command: string
  /** Merged into the spec. */
  spec?: object
  /** Merged into the template's spec. */
  job?: object
}

const cronJobOf = (name: string, { image, command, spec, job }: CronJobOptions) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name },
  spec: {
    schedule: soon,
    ...spec,
    jobTemplate: {
      metadata: { labels: { made: 'by-cron' }, annotations: { note: 'n' } },
      spec: { backoffLimit: 0, ...job, template: { spec: podSpec({ image, command }) } },
    },
  },
})

const ownerOf = (cronJob: unknown) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  name: textAt(cronJob, 'metadata', 'name'),
  uid: textAt(cronJob, 'metadata', 'uid'),
  controller: true,
})

/** The jobs that a cron job controls, oldest first. */
async function runsOf({ client, ...tool }: TargetTool, name: string): Promise<unknown[]> {
  const list = listAt(await got(client, collections({ ...tool }).jobs), 'items')
  return list
    .filter(job => at(job, 'metadata', 'ownerReferences', 0, 'name') === name)
    .toSorted((a, b) => textAt(a, 'metadata', 'name').localeCompare(textAt(b, 'metadata', 'name')))
}

const firstRun = (tool: TargetTool, name: string): Promise<unknown> =>
  waitUntil(`a run of ${name}`, async () => (await runsOf(tool, name))[0], 60)

/** Waits for an event about a cron job. */
const event = (tool: TargetTool, name: string, reason: string): Promise<unknown> => {
  const selector = encodeURIComponent(`involvedObject.name=${name},involvedObject.kind=CronJob,reason=${reason}`)
  const path = `${collections(tool).events}?fieldSelector=${selector}`
  return waitUntil(`${reason} of ${name}`, async () => listAt(await got(tool.client, path), 'items')[0], 75)
}

/** Scheduled jobs: what is taken and refused, and when they run. */
export const cronJobs: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  // They need the next minute, which comes while other things are looked at.
  const policies = Promise.all(['Allow', 'Forbid', 'Replace'].map(policy => overlap(target, tool, policy)))
  policies.catch(() => undefined)
  await accepted(t, target, tool)
  await refusals(t, target, tool)
  await runs(t, target, tool)
  await quotas(t, target)
  await t.test('when a run is still there at the next time, the policy decides', async t =>
    overlaps(t, tool, await policies),
  )
}

const activeIn = (cronJob: unknown): string[] => {
  const active = at(cronJob, 'status', 'active')
  return Array.isArray(active) ? active.map(job => textAt(job, 'name')) : []
}

interface Overlap {
  path: string
  /** The jobs there were at first, and a little after the next time. */
  before: string[]
  after: string[]
}

/** Has a cron job with an endless run come to its next time; it is then suspended. */
async function overlap({ image }: Target, tool: TargetTool, concurrencyPolicy: string): Promise<Overlap> {
  const name = `policy-${concurrencyPolicy.toLowerCase()}`
  const path = `${pathOf(tool)}/${name}`
  await created(tool.client, pathOf(tool), cronJobOf(name, { image, command: endless, spec: { concurrencyPolicy } }))
  const names = async () => (await runsOf(tool, name)).map(job => textAt(job, 'metadata', 'name'))
  await firstRun(tool, name)
  const before = await names()
  if (concurrencyPolicy === 'Allow') {
    await waitUntil('two runs', async () => (await names()).length > 1 || undefined, 75)
  } else {
    await event(tool, name, concurrencyPolicy === 'Forbid' ? 'JobAlreadyActive' : 'SuccessfulDelete')
    await waitUntil('one run', async () => (await names()).length === 1 || undefined, 60)
  }
  // Not before the controller has written down what it did.
  const isActive = async (cronJob: unknown) => String(activeIn(cronJob)) === String(await names())
  await waitUntil('the status', async () => (await isActive(await got(tool.client, path))) || undefined, 60)
  await changed(tool.client, path, { spec: { suspend: true } })
  return { path, before, after: await names() }
}

async function overlaps(t: Test, { client }: TargetTool, [allow, forbid, replace]: Overlap[]): Promise<void> {
  const activeOf = async ({ path }: Overlap) => activeIn(await got(client, path))
  if (allow === undefined || forbid === undefined || replace === undefined) throw new Error('three policies')
  t.equal(allow.after.length, 2, 'Allow: both run')
  t.strictSame(await activeOf(allow), allow.after, 'and the status names both, in the order of their start')
  t.strictSame(forbid.after, forbid.before, 'Forbid: the first one stays alone')
  t.strictSame(await activeOf(forbid), forbid.after)
  t.equal(replace.after.length, 1, 'Replace: there is only one')
  t.notSame(replace.after, replace.before, 'which is another')
  t.strictSame(await activeOf(replace), replace.after)
  await Promise.all([allow, forbid, replace].map(({ path }) => client.call('DELETE', path)))
}

async function accepted(t: Test, { admin, image }: Target, tool: TargetTool): Promise<void> {
  const { client } = tool
  const path = pathOf(tool)

  await t.test('a new cron job gets its defaults, its template only those of pods', async t => {
    const template = { spec: { containers: [{ name: 'job', image }], restartPolicy: 'Never' } }
    const cronJob = await created(client, path, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'defaults' },
      spec: { schedule: never, jobTemplate: { spec: { template } } },
    })
    t.hasStrict(cronJob, { kind: 'CronJob', metadata: { generation: 1 }, status: {} })
    t.strictSame(at(cronJob, 'spec'), {
      schedule: never,
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        metadata: {},
        spec: {
          template: {
            metadata: {},
            spec: {
              containers: [
                {
                  name: 'job',
                  image,
                  imagePullPolicy: 'IfNotPresent',
                  resources: {},
                  terminationMessagePath: '/dev/termination-log',
                  terminationMessagePolicy: 'File',
                },
              ],
              dnsPolicy: 'ClusterFirst',
              restartPolicy: 'Never',
              schedulerName: 'default-scheduler',
              securityContext: {},
              terminationGracePeriodSeconds: 30,
            },
          },
        },
      },
    })
    t.strictSame(await got(admin, `${path}/defaults/status`), await got(client, `${path}/defaults`))
  })

  await t.test('every part of it may be changed; a change of the spec is a new generation', async t => {
    const watch = await openWatch(t, client, `${path}?watch=1`)
    const spec = { schedule: '*/5 8-17 * JAN-mar/2 mon-FRI', timeZone: 'Europe/Berlin', startingDeadlineSeconds: 30 }
    const before = await changed(client, `${path}/defaults`, { spec: { ...spec, suspend: true } })
    t.hasStrict(before, { metadata: { generation: 2 }, spec })
    const jobTemplate = { metadata: { labels: { x: 'y' } }, spec: { backoffLimit: 3, completions: 2 } }
    t.hasStrict(await changed(client, `${path}/defaults`, { spec: { jobTemplate } }), {
      metadata: { generation: 3 },
      spec: { jobTemplate },
    })
    const label = await changed(client, `${path}/defaults`, { metadata: { labels: { x: 'y' } } })
    t.hasStrict(label, { metadata: { generation: 3 } })
    const body = { ...Object(label), spec: { ...Object(at(label, 'spec')), schedule: '@weekly' } }
    const put = await client.call('PUT', `${path}/defaults`, { body })
    t.hasStrict(put.body, { metadata: { generation: 4 }, spec: { schedule: '@weekly', suspend: true } })
    await watch.until('the replacement', ({ object }) => at(object, 'spec', 'schedule') === '@weekly')
  })

  await t.test('its status is a part of its own', async t => {
    const lastScheduleTime = '2026-01-01T00:00:00Z'
    const body = { status: { lastScheduleTime }, spec: { schedule: '@hourly', suspend: true } }
    t.equal(at(await changed(client, `${path}/defaults`, body), 'status', 'lastScheduleTime'), undefined)
    const after = await changed(admin, `${path}/defaults/status`, { ...body, spec: { schedule: '@weekly' } })
    t.hasStrict(after, { metadata: { generation: 5 }, spec: { schedule: '@hourly' }, status: { lastScheduleTime } })
  })

  await t.test('kubectl shows its schedule, whether it runs, and since when', async t => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
    const reply = await client.call('GET', `${path}/defaults`, { headers: { accept } })
    const columns = listAt(reply.body, 'columnDefinitions').map(column => `${at(column, 'name')} ${at(column, 'type')}`)
    t.strictSame(columns.slice(0, 7), [
      'Name string',
      'Schedule string',
      'Timezone string',
      'Suspend boolean',
      'Active integer',
      'Last Schedule string',
      'Age string',
    ])
    const cells = listAt(reply.body, 'rows', 0, 'cells')
    t.strictSame(cells.slice(0, 5), ['defaults', '@hourly', 'Europe/Berlin', 'True', 0])
    t.strictSame(cells.slice(7), ['job', image, '<none>'])
  })

  await t.test('Kubernetes takes these schedules', async t => {
    const schedules = [
      '0 0 * * ?',
      '1,2,30-40/5,50/2 */3 1-7 * 6',
      '@yearly',
      '@annually',
      '@monthly',
      '@daily',
      '@midnight',
      '@hourly',
      '@every 1h30m',
      '0 0 30 2 *',
      ' 0  0 * * Sun ',
      ', * * * *',
    ]
    for (const schedule of schedules) {
      const body = cronJobOf('dry', { image, command: 'true', spec: { schedule } })
      t.equal((await client.call('POST', `${path}?dryRun=All`, { body })).status, 201, schedule)
    }
    for (const timeZone of [
      'UTC',
      'Etc/UTC',
      'America/Argentina/Buenos_Aires',
      'Etc/GMT+3',
      'GB',
      'EST5EDT',
      'Europe/Kyiv',
    ]) {
      const body = cronJobOf('dry', { image, command: 'true', spec: { timeZone } })
      t.equal((await client.call('POST', `${path}?dryRun=All`, { body })).status, 201, timeZone)
    }
  })
}

async function refusals(t: Test, { image }: Target, tool: TargetTool): Promise<void> {
  const path = pathOf(tool)
  const dry = (name: string, options: Partial<CronJobOptions>) =>
    tool.client.call('POST', `${path}?dryRun=All`, { body: cronJobOf(name, { image, command: 'true', ...options }) })
  const check = async (t: Test, spec: object, why: string): Promise<void> => {
    const message = `CronJob.batch "x" is invalid: ${why}`
    refused(t, await dry('x', { spec }), { code: 422, reason: 'Invalid', message })
  }

  await t.test('what is no schedule is refused', async t => {
    const schedules: [string, string][] = [
      ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
      ['* * * * * *', 'expected exactly 5 fields, found 6: [* * * * * *]'],
      ['60 * * * *', 'end of range (60) above maximum (59): 60'],
      ['0 0 0 * *', 'beginning of range (0) below minimum (1): 0'],
      ['0 0 * * 7', 'end of range (7) above maximum (6): 7'],
      ['0 0 * * fri-mon', 'beginning of range (5) beyond end of range (1): fri-mon'],
      ['*/0 * * * *', 'step of range should be a positive number: */0'],
      ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
      ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
      ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
      ['* * L * *', 'failed to parse int from L: strconv.Atoi: parsing "L": invalid syntax'],
      ['*/-1 * * * *', 'negative number (-1) not allowed: -1'],
      ['@reboot', 'unrecognized descriptor: @reboot'],
      ['@Daily', 'unrecognized descriptor: @Daily'],
      ['@every 1d', 'failed to parse duration @every 1d: time: unknown unit "d" in duration "1d"'],
      ['@every 5', 'failed to parse duration @every 5: time: missing unit in duration "5"'],
      ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
    ]
    for (const [schedule, why] of schedules) {
      await check(t, { schedule }, `spec.schedule: Invalid value: ${JSON.stringify(schedule)}: ${why}`)
    }
    await check(t, { schedule: '' }, 'spec.schedule: Required value')
  })

  await t.test('a time zone has a field of its own', async t => {
    const zoned = (schedule: string, why: string) => `spec.schedule: Invalid value: "${schedule}": ${why}`
    const both = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
    await check(t, { schedule: 'TZ=UTC 0 0 * * *' }, zoned('TZ=UTC 0 0 * * *', both))
    await check(t, { schedule: 'CRON_TZ=Asia/Tokyo @daily' }, zoned('CRON_TZ=Asia/Tokyo @daily', both))
    for (const [schedule, why] of [
      ['TZ=Nowhere 0 0 * * *', 'provided bad location Nowhere: unknown time zone Nowhere'],
      ['TZ=UTC', 'invalid schedule format: runtime error: slice bounds out of range [:-1]'],
    ] as const) {
      await check(t, { schedule }, `[${zoned(schedule, why)}, ${zoned(schedule, both)}]`)
    }
    const unknown = ['Nowhere', 'europe/berlin', 'utc', '+0100', 'Europe//Berlin', '../etc', 'Asia/', 'a b', '']
    for (const timeZone of unknown) {
      const why = timeZone === '' ? 'timeZone must be nil or non-empty string' : `unknown time zone ${timeZone}`
      await check(t, { timeZone }, `spec.timeZone: Invalid value: "${timeZone}": ${why}`)
    }
    const local = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    await check(t, { timeZone: 'Local' }, `spec.timeZone: Invalid value: "Local": ${local}`)
  })

  await t.test('so is what else is wrong, all of it at once', async t => {
    const supported = 'supported values: "Allow", "Forbid", "Replace"'
    await check(
      t,
      { schedule: 'x', concurrencyPolicy: 'Sometimes', startingDeadlineSeconds: -1, failedJobsHistoryLimit: -2 },
      `[spec.schedule: Invalid value: "x": expected exactly 5 fields, found 1: [x], spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0, spec.concurrencyPolicy: Unsupported value: "Sometimes": ${supported}, spec.failedJobsHistoryLimit: Invalid value: -2: must be greater than or equal to 0]`,
    )
    const inTemplate = async (job: object, why: string) =>
      refused(t, await dry('x', { job }), {
        code: 422,
        reason: 'Invalid',
        message: `CronJob.batch "x" is invalid: spec.jobTemplate.spec.${why}`,
      })
    await inTemplate({ backoffLimit: -1 }, 'backoffLimit: Invalid value: -1: must be greater than or equal to 0')
    await inTemplate(
      { completionMode: 'X' },
      'completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"',
    )
    await inTemplate(
      { manualSelector: true },
      'manualSelector: Unsupported value: true: supported values: "nil", "false"',
    )
    await inTemplate(
      { selector: { matchLabels: { a: 'b' } } },
      'selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
    )
    const empty = await tool.client.call('POST', path, {
      body: { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'x' } },
    })
    refused(t, empty, {
      code: 422,
      reason: 'Invalid',
      message:
        'CronJob.batch "x" is invalid: [spec.schedule: Required value, spec.jobTemplate.spec.template.spec.containers: Required value, spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"]',
    })
    const patch = { body: { spec: { timeZone: 'Nowhere' } }, type: 'application/merge-patch+json' }
    refused(t, await tool.client.call('PATCH', `${path}/defaults`, patch), {
      code: 422,
      reason: 'Invalid',
      message:
        'CronJob.batch "defaults" is invalid: spec.timeZone: Invalid value: "Nowhere": unknown time zone Nowhere',
    })
  })

  await t.test('a name leaves room for that of a run', async t => {
    t.equal((await dry('x'.repeat(52), {})).status, 201)
    const name = 'x'.repeat(53)
    refused(t, await dry(name, {}), {
      code: 422,
      reason: 'Invalid',
      message: `CronJob.batch "${name}" is invalid: metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
    })
  })
}

async function runs(t: Test, { image }: Target, tool: TargetTool): Promise<void> {
  const { client } = tool
  const path = pathOf(tool)
  const { jobs } = collections(tool)
  const start = (name: string, options: Partial<CronJobOptions>) =>
    created(client, path, cronJobOf(name, { image, command: 'true', ...options }))

  await t.test(
    'a run is a job made of the template, named after its minute, and controlled by the cron job',
    async t => {
      const cronJob = await start('run', { command: endless, spec: { timeZone: 'Asia/Kolkata' } })
      const run = await firstRun(tool, 'run')
      const scheduled = textAt(run, 'metadata', 'annotations', 'batch.kubernetes.io/cronjob-scheduled-timestamp')
      t.match(scheduled, /\+05:30$/, 'its time is told in the time zone of the schedule')
      t.equal(textAt(run, 'metadata', 'name'), `run-${Math.floor(Date.parse(scheduled) / minute)}`)
      t.strictSame(at(run, 'metadata', 'ownerReferences'), [{ ...ownerOf(cronJob), blockOwnerDeletion: true }])
      t.hasStrict(run, {
        metadata: { labels: { made: 'by-cron' }, annotations: { note: 'n' } },
        spec: { backoffLimit: 0 },
      })
      const active = await becomes(client, `${path}/run`, object => at(object, 'status', 'active') !== undefined)
      const reference = { apiVersion: 'batch/v1', kind: 'Job', namespace: tool.namespace }
      const { name, uid } = Object(at(run, 'metadata'))
      t.hasStrict(at(active, 'status', 'active', 0), { ...reference, name, uid })
      t.match(at(active, 'status', 'active', 0, 'resourceVersion'), /^\d+$/)
      const last = textAt(active, 'status', 'lastScheduleTime')
      t.equal(Date.parse(last), Date.parse(scheduled))
      const said = await event(tool, 'run', 'SuccessfulCreate')
      t.hasStrict(said, {
        type: 'Normal',
        message: `Created job ${name}`,
        source: { component: 'cronjob-controller' },
        involvedObject: { apiVersion: 'batch/v1', kind: 'CronJob', uid: textAt(cronJob, 'metadata', 'uid') },
      })
    },
  )

  await t.test('deleted, it takes its runs and their pods with it', async t => {
    const [run] = await runsOf(tool, 'run')
    const name = textAt(run, 'metadata', 'name')
    await waitUntil('its pod', async () => (await podsOf(tool, name))[0], 60)
    const reply = await client.call('DELETE', `${path}/run`)
    t.hasStrict(reply.body, { kind: 'Status', status: 'Success', details: { name: 'run', kind: 'cronjobs' } })
    t.ok(await goes(client, `${jobs}/${name}`))
    await waitUntil('its pods to go', async () => (await podsOf(tool, name)).length === 0 || undefined, 60)
  })

  await t.test('when a run is over it is active no more, and the time of a success is kept', async t => {
    await start('over', {})
    const run = await firstRun(tool, 'over')
    const name = textAt(run, 'metadata', 'name')
    const job = await finished(tool, name)
    const after = await becomes(
      client,
      `${path}/over`,
      object => at(object, 'status', 'lastSuccessfulTime') !== undefined,
    )
    t.equal(at(after, 'status', 'lastSuccessfulTime'), at(job, 'status', 'completionTime'))
    t.match(at(after, 'status', 'lastSuccessfulTime'), time)
    const said = await event(tool, 'over', 'SawCompletedJob')
    t.equal(at(said, 'message'), `Saw completed job: ${name}, condition: Complete`)
    await client.call('DELETE', `${path}/over`)
  })

  await t.test('a failure is no success; and of neither more is kept than is asked for', async t => {
    await start('fails', { command: 'exit 3', spec: { failedJobsHistoryLimit: 0 } })
    t.match(at(await event(tool, 'fails', 'SuccessfulDelete'), 'message'), /^Deleted job fails-\d+$/)
    t.equal(at(await got(client, `${path}/fails`), 'status', 'lastSuccessfulTime'), undefined)
    await client.call('DELETE', `${path}/fails`)
  })

  await t.test('suspended nothing is started; resumed, what was missed is, once', async t => {
    const cronJob = await start('paused', { command: endless, spec: { suspend: true } })
    const since = Date.parse(textAt(cronJob, 'metadata', 'creationTimestamp'))
    await waitUntil('its time to pass', () => Date.now() > since + 3000 || undefined, 60)
    t.strictSame(await runsOf(tool, 'paused'), [])
    await changed(client, `${path}/paused`, { spec: { suspend: false } })
    await firstRun(tool, 'paused')
    await becomes(client, `${path}/paused`, object => at(object, 'status', 'active') !== undefined)
    t.equal((await runsOf(tool, 'paused')).length, 1)
    const [run] = await runsOf(tool, 'paused')
    await changed(client, `${path}/paused`, { spec: { suspend: true } })
    await client.call('DELETE', `${jobs}/${textAt(run, 'metadata', 'name')}?propagationPolicy=Background`)
    const missing = await event(tool, 'paused', 'MissingJob')
    t.equal(at(missing, 'message'), `Active job went missing: ${textAt(run, 'metadata', 'name')}`)
    await becomes(client, `${path}/paused`, object => at(object, 'status', 'active') === undefined)
  })

  await t.test('a job made by hand of the template is seen, but not one of the active ones', async t => {
    const cronJob = await start('manual', { spec: { suspend: true, successfulJobsHistoryLimit: 1 } })
    const made = jobOf('by-hand', { image, command: 'sleep 1' })
    const metadata = {
      name: 'by-hand',
      ownerReferences: [ownerOf(cronJob)],
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
    }
    await created(client, jobs, { ...made, metadata })
    const said = await event(tool, 'manual', 'UnexpectedJob')
    t.hasStrict(said, {
      type: 'Warning',
      message: 'Saw a job that the controller did not create or forgot: by-hand',
    })
    t.equal(at(await got(client, `${path}/manual`), 'status', 'active'), undefined)
    const job = await finished(tool, 'by-hand')
    const after = await becomes(
      client,
      `${path}/manual`,
      object => at(object, 'status', 'lastSuccessfulTime') !== undefined,
    )
    t.equal(at(after, 'status', 'lastSuccessfulTime'), at(job, 'status', 'completionTime'))
    t.equal(at(after, 'status', 'lastScheduleTime'), undefined, 'it was not scheduled')
    await created(client, jobs, { ...made, metadata: { ...metadata, name: 'by-hand-2' } })
    t.ok(await goes(client, `${jobs}/by-hand`), 'it counts when old ones are removed')
    await client.call('DELETE', `${path}/manual`)
    t.ok(await goes(client, `${jobs}/by-hand-2`))
  })

  await t.test('a schedule that never comes up is taken, and said to be none', async t => {
    await start('no-such-day', { spec: { schedule: '0 0 30 2 *' } })
    const said = await event(tool, 'no-such-day', 'InvalidSchedule')
    t.hasStrict(said, {
      type: 'Warning',
      message: 'invalid schedule: 0 0 30 2 * : time difference between two schedules is less than 1 second',
    })
  })
}

async function quotas(t: Test, target: Target): Promise<void> {
  await t.test('quotas count cron jobs, and hold back runs', async t => {
    const tool = await roomyTool(target)
    const path = pathOf(tool)
    const quota = `${collections(tool).quotas}/${tool.namespace}`
    await changed(target.admin, quota, { spec: { hard: { 'count/cronjobs.batch': '1', 'count/jobs.batch': '0' } } })
    await becomes(target.admin, quota, object => at(object, 'status', 'hard', 'count/jobs.batch') === '0')
    const cronJob = (name: string) => cronJobOf(name, { image: target.image, command: 'true' })
    await created(tool.client, path, cronJob('one'))
    refused(t, await tool.client.call('POST', path, { body: cronJob('two') }), {
      code: 403,
      reason: 'Forbidden',
      message: `cronjobs.batch "two" is forbidden: exceeded quota: ${tool.namespace}, requested: count/cronjobs.batch=1, used: count/cronjobs.batch=1, limited: count/cronjobs.batch=1`,
    })
    const said = await event(tool, 'one', 'FailedCreate')
    t.match(
      at(said, 'message'),
      /^Error creating job: jobs\.batch "one-\d+" is forbidden: exceeded quota: .*limited: count\/jobs\.batch=0$/,
    )
    t.strictSame(namesIn(await got(tool.client, path)), ['one'])
    await tool.client.call('DELETE', `${path}/one`)
  })
}
