import { at, listAt, textAt } from '../../support/json.ts'
import {
  becomes,
  changed,
  collections,
  condition,
  created,
  endsAtTerm,
  finished,
  goes,
  got,
  jobOf,
  podsOf,
  refused,
  roomyTool,
  runningPod,
  runToEnd,
} from './kit.ts'
import type { Suite } from './target.ts'

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const exitOf = (pod: unknown) => at(pod, 'status', 'containerStatuses', 0, 'state', 'terminated')

/** A one-off job from its creation to its end. */
export const jobs: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const paths = collections(tool)
  const start = (name: string, command: string, job: object = {}) =>
    created(client, paths.jobs, jobOf(name, { image: target.image, command, job }))

  await t.test('a new job gets its defaults, a selector and labels for its pods', async t => {
    const job = await start('defaults', 'true', { backoffLimit: 0 })
    const uid = textAt(job, 'metadata', 'uid')
    const labels = { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': 'defaults' }
    t.hasStrict(job, {
      kind: 'Job',
      metadata: { generation: 1 },
      spec: {
        parallelism: 1,
        completions: 1,
        completionMode: 'NonIndexed',
        suspend: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
        template: {
          metadata: { labels },
          spec: {
            dnsPolicy: 'ClusterFirst',
            schedulerName: 'default-scheduler',
            containers: [{ imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' }],
          },
        },
      },
      status: {},
    })
    const pod = (await finished(tool, 'defaults')) && (await podsOf(tool, 'defaults'))[0]
    t.hasStrict(at(pod, 'metadata'), {
      generateName: 'defaults-',
      labels: { ...labels, 'controller-uid': uid, 'job-name': 'defaults' },
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'Job', name: 'defaults', uid, controller: true, blockOwnerDeletion: true },
      ],
    })
    t.match(textAt(pod, 'metadata', 'name'), /^defaults-[a-z0-9]{5}$/)
  })

  await t.test('while it runs it is active and has a start time', async t => {
    await start('runs', 'while :; do sleep 0.1; done')
    await runningPod(tool, 'runs')
    const job = await becomes(client, `${paths.jobs}/runs`, object => at(object, 'status', 'ready') === 1)
    t.hasStrict(at(job, 'status'), { active: 1, ready: 1 })
    t.match(at(job, 'status', 'startTime'), time)
    t.equal(at(job, 'status', 'succeeded'), undefined)
    t.equal(at(job, 'status', 'completionTime'), undefined)
    const pod = (await podsOf(tool, 'runs'))[0]
    t.hasStrict(at(pod, 'status', 'containerStatuses', 0), { name: 'job', ready: true, started: true, restartCount: 0 })
    t.match(at(pod, 'status', 'containerStatuses', 0, 'state', 'running', 'startedAt'), time)
    t.match(at(pod, 'status', 'startTime'), time)
  })

  await t.test('exit code 0 completes it', async t => {
    const job = await runToEnd(target, tool, { name: 'well', command: 'exit 0' })
    t.hasStrict(at(job, 'status'), { succeeded: 1, ready: 0 })
    t.equal(at(job, 'status', 'active'), undefined)
    t.equal(at(job, 'status', 'failed'), undefined)
    t.match(at(job, 'status', 'completionTime'), time)
    t.hasStrict(condition(job, 'Complete'), { type: 'Complete', status: 'True', reason: 'CompletionsReached' })
    t.ok(condition(job, 'SuccessCriteriaMet'))
    t.match(at(condition(job, 'Complete'), 'lastTransitionTime'), time)
    const pod = (await podsOf(tool, 'well'))[0]
    t.equal(at(pod, 'status', 'phase'), 'Succeeded')
    t.hasStrict(exitOf(pod), { exitCode: 0, reason: 'Completed' })
    t.match(at(exitOf(pod), 'finishedAt'), time)
  })

  await t.test('another exit code fails it, and the pod keeps the code', async t => {
    const job = await runToEnd(target, tool, { name: 'badly', command: 'exit 42' })
    t.hasStrict(at(job, 'status'), { failed: 1, ready: 0 })
    t.equal(at(job, 'status', 'completionTime'), undefined)
    t.hasStrict(condition(job, 'Failed'), {
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    })
    t.hasStrict(condition(job, 'FailureTarget'), { reason: 'BackoffLimitExceeded' })
    const pod = (await podsOf(tool, 'badly'))[0]
    t.equal(at(pod, 'status', 'phase'), 'Failed')
    t.hasStrict(exitOf(pod), { exitCode: 42, reason: 'Error' })
  })

  await t.test('a process that a signal ends has 128 and its number', async t => {
    // Of two dollars in a command Kubernetes makes one.
    await runToEnd(target, tool, { name: 'signal', command: "sh -c 'kill -9 $$$$'; exit $?" })
    t.equal(at(exitOf((await podsOf(tool, 'signal'))[0]), 'exitCode'), 137)
  })

  await t.test('a program that is not there fails the pod with the reason', async t => {
    const container = { command: ['/no/such/program'] }
    await created(client, paths.jobs, jobOf('absent', { image: target.image, command: '', container }))
    await finished(tool, 'absent')
    const state = exitOf((await podsOf(tool, 'absent'))[0])
    t.hasStrict(state, { exitCode: 128, reason: 'StartError' })
    t.match(at(state, 'message'), '/no/such/program')
  })

  await t.test('it tries again as often as it may, each time in a new pod', async t => {
    await start('again', 'exit 7', { backoffLimit: 1 })
    const job = await finished(tool, 'again')
    t.equal(at(job, 'status', 'failed'), 2)
    t.equal(at(condition(job, 'Failed'), 'reason'), 'BackoffLimitExceeded')
    const pods = await podsOf(tool, 'again')
    t.equal(pods.length, 2)
    for (const pod of pods) t.equal(at(exitOf(pod), 'exitCode'), 7)
  })

  await t.test('one that succeeds the second time has succeeded', async t => {
    const file = `${tool.home}/second-try`
    const mount = {
      container: { volumeMounts: [{ name: 'home', mountPath: tool.home }] },
      spec: {
        securityContext: { runAsUser: tool.uid, runAsGroup: tool.uid },
        volumes: [{ name: 'home', hostPath: { path: tool.home, type: 'Directory' } }],
      },
    }
    const command = `test -e ${file} || { touch ${file}; exit 1; }`
    const options = { image: target.image, command, ...mount, job: { backoffLimit: 3 } }
    await created(client, paths.jobs, jobOf('second', options))
    const job = await finished(tool, 'second')
    t.hasStrict(at(job, 'status'), { succeeded: 1, failed: 1 })
    t.ok(condition(job, 'Complete'))
  })

  await t.test('a deadline ends it and its pod', async t => {
    await start('late', endsAtTerm, { activeDeadlineSeconds: 2 })
    const job = await finished(tool, 'late')
    t.hasStrict(condition(job, 'Failed'), {
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    })
    for (const pod of await podsOf(tool, 'late'))
      t.ok(await goes(client, `${paths.pods}/${textAt(pod, 'metadata', 'name')}`))
  })

  await t.test('a finished job goes by itself when its time is over, and its pod with it', async t => {
    await start('ttl', 'true', { ttlSecondsAfterFinished: 2 })
    const job = await finished(tool, 'ttl')
    t.equal(at(job, 'spec', 'ttlSecondsAfterFinished'), 2)
    const [pod] = await podsOf(tool, 'ttl')
    t.ok(await goes(client, `${paths.jobs}/ttl`))
    t.ok(await goes(client, `${paths.pods}/${textAt(pod, 'metadata', 'name')}`))
  })

  await t.test('a pod deleted under a job is replaced', async t => {
    await start('replaced', 'trap "exit 1" TERM; while :; do sleep 0.1; done', { backoffLimit: 6 })
    const first = await runningPod(tool, 'replaced')
    await client.call('DELETE', `${paths.pods}/${first}?gracePeriodSeconds=0`)
    t.ok(await goes(client, `${paths.pods}/${first}`))
    t.not(await runningPod(tool, 'replaced'), first)
  })

  await t.test('suspended it has no pod, and none any more', async t => {
    await start('paused', endsAtTerm, { suspend: true })
    const paused = await becomes(client, `${paths.jobs}/paused`, job => condition(job, 'Suspended') !== undefined)
    t.strictSame(await podsOf(tool, 'paused'), [])
    t.equal(at(paused, 'status', 'startTime'), undefined)
    await changed(client, `${paths.jobs}/paused`, { spec: { suspend: false } })
    const pod = await runningPod(tool, 'paused')
    await changed(client, `${paths.jobs}/paused`, { spec: { suspend: true } })
    t.ok(await goes(client, `${paths.pods}/${pod}`))
  })

  await t.test('its template may not be changed, its labels and lifetime may', async t => {
    await start('fixed', 'true')
    const path = `${paths.jobs}/fixed`
    const template = { spec: { template: { spec: { restartPolicy: 'OnFailure' } } } }
    const reply = await client.call('PATCH', path, { body: template, type: 'application/merge-patch+json' })
    refused(t, reply, {
      code: 422,
      reason: 'Invalid',
      message: /^Job\.batch "fixed" is invalid: spec\.template: Invalid value: .*: field is immutable$/s,
    })
    const after = await changed(client, path, {
      metadata: { annotations: { n: '1' } },
      spec: { ttlSecondsAfterFinished: 900 },
    })
    t.equal(at(after, 'metadata', 'generation'), 2, 'a change of the spec is a new generation')
    const label = await changed(client, path, { metadata: { labels: { x: 'y' } } })
    t.equal(at(label, 'metadata', 'generation'), 2, 'a label is none')
  })

  await t.test('what is no job is refused, all that is wrong at once', async t => {
    const post = (spec: object) =>
      client.call('POST', paths.jobs, { body: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' }, spec } })
    const never = { code: 422, reason: 'Invalid' }
    refused(t, await post({}), {
      ...never,
      message:
        'Job.batch "x" is invalid: [spec.template.spec.containers: Required value, spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"]',
    })
    const template = (container: object) => ({
      template: { spec: { restartPolicy: 'Never', containers: [container] } },
    })
    refused(t, await post(template({ image: 'x' })), {
      ...never,
      message: 'Job.batch "x" is invalid: spec.template.spec.containers[0].name: Required value',
    })
    refused(t, await post(template({ name: 'job' })), {
      ...never,
      message: 'Job.batch "x" is invalid: spec.template.spec.containers[0].image: Required value',
    })
    refused(t, await post({ ...template({ name: 'job', image: 'x' }), backoffLimit: -1 }), {
      ...never,
      message: 'Job.batch "x" is invalid: spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
    })
    const memory = template({
      name: 'job',
      image: 'x',
      resources: { limits: { memory: '1Gi' }, requests: { memory: '2Gi' } },
    })
    refused(t, await post(memory), {
      ...never,
      message:
        'Job.batch "x" is invalid: spec.template.spec.containers[0].resources.requests: Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
    })
    const nonsense = template({ name: 'job', image: 'x', resources: { limits: { memory: 'lots' } } })
    t.equal((await post(nonsense)).status, 400, 'a quantity that is none')
    t.equal(
      (await post({ ...template({ name: 'job', image: 'x' }), backoffLimit: 'many' })).status,
      400,
      'a text for a number',
    )
    const long = jobOf('x'.repeat(64), { image: 'x', command: '' })
    t.equal((await client.call('POST', paths.jobs, { body: long })).status, 422, 'a name of 64 characters')
  })

  await t.test('its status is its own part: written there, and not with the rest', async t => {
    const before = await start('status', 'while :; do sleep 0.1; done')
    const patch = { body: { status: { succeeded: 5 } }, type: 'application/merge-patch+json' }
    const reply = await client.call('PATCH', `${paths.jobs}/status`, patch)
    t.equal(reply.status, 200)
    t.equal(at(reply.body, 'status', 'succeeded'), undefined)
    const status = await got(target.admin, `${paths.jobs}/status/status`)
    t.equal(at(status, 'metadata', 'uid'), at(before, 'metadata', 'uid'))
  })

  await t.test('jobs are selected by how they are', async t => {
    const list = await got(client, `${paths.jobs}?fieldSelector=status.successful=1`)
    t.ok(listAt(list, 'items').every(job => at(job, 'status', 'succeeded') === 1))
    const failed = await got(client, `${paths.pods}?fieldSelector=status.phase=Failed`)
    t.ok(listAt(failed, 'items').length > 0)
    t.ok(listAt(failed, 'items').every(pod => at(pod, 'status', 'phase') === 'Failed'))
  })
}
