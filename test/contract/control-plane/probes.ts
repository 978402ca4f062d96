import { at, listAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { becomes, changed, collections, created, endsAtTerm, got, podOf, roomyTool } from './kit.ts'
import type { Suite } from './target.ts'

/** Whether a container has come up, is to have traffic, and lives. */
export const probes: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const paths = collections(tool)
  const start = (name: string, container: object, { command = endsAtTerm, restartPolicy = 'Always' } = {}) =>
    created(client, paths.pods, podOf(name, { image: target.image, command, container, spec: { restartPolicy } }))
  const status = (pod: unknown) => at(pod, 'status', 'containerStatuses', 0)
  const told = async (name: string): Promise<string[]> => {
    const query = encodeURIComponent(`involvedObject.name=${name}`)
    return listAt(await got(client, `${paths.events}?fieldSelector=${query}`), 'items').map(
      event => `${at(event, 'type')} ${at(event, 'reason')}: ${at(event, 'message')}`,
    )
  }
  const says = (name: string, wanted: RegExp) =>
    waitUntil(`${name}: ${wanted.source}`, async () => (await told(name)).find(text => wanted.test(text)), 60)
  const conditionOf = (pod: unknown, type: string) =>
    listAt(pod, 'status', 'conditions').find(one => at(one, 'type') === type)

  await t.test('a probe gets its defaults', async t => {
    const pod = await start('defaults', {
      readinessProbe: { httpGet: { port: 1 } },
      livenessProbe: { exec: { command: ['true'] } },
    })
    const rest = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
    const container = at(pod, 'spec', 'containers', 0)
    t.strictSame(at(container, 'readinessProbe'), { httpGet: { path: '/', port: 1, scheme: 'HTTP' }, ...rest })
    t.strictSame(at(container, 'livenessProbe'), { exec: { command: ['true'] }, ...rest })
    await changed(client, `${paths.pods}/defaults`, { metadata: { labels: { a: 'b' } } })
  })

  await t.test('not ready is said in status, conditions and events', async t => {
    const unready = await becomes(
      client,
      `${paths.pods}/defaults`,
      pod => at(status(pod), 'state', 'running') !== undefined,
    )
    t.hasStrict(status(unready), { ready: false, started: true, restartCount: 0 })
    for (const type of ['Ready', 'ContainersReady']) {
      t.hasStrict(conditionOf(unready, type), {
        status: 'False',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [job]',
      })
    }
    t.ok(
      await says(
        'defaults',
        /^Warning Unhealthy: Readiness probe failed: Get "http:\/\/[\d.]+:1\/": dial tcp [\d.]+:1: connect: connection refused$/,
      ),
    )
    await start('tcp', { readinessProbe: { tcpSocket: { port: 1 } } })
    t.ok(
      await says('tcp', /^Warning Unhealthy: Readiness probe failed: dial tcp [\d.]+:1: connect: connection refused$/),
    )
  })

  await t.test('ready comes when the probe says so', async t => {
    // The first look fails, later ones succeed: it leaves its mark where it runs.
    const file = '/tmp/ready-$(POD)'
    const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }]
    const look = 'test -e /tmp/ready-$POD && echo yes || { touch /tmp/ready-$POD; echo not yet; exit 1; }'
    await start(
      'ready',
      { env, readinessProbe: { exec: { command: ['sh', '-c', look] }, periodSeconds: 1 } },
      {
        command: `rm -f ${file}; trap "rm -f ${file}; exit 0" TERM; while :; do sleep 0.1; done`,
      },
    )
    const pod = await becomes(client, `${paths.pods}/ready`, one => at(status(one), 'ready') === true)
    t.equal(at(conditionOf(pod, 'Ready'), 'status'), 'True')
    t.ok(await says('ready', /^Warning Unhealthy: Readiness probe failed: not yet\n?$/))
    await client.call('DELETE', `${paths.pods}/ready`)
  })

  await t.test('one that does not live is ended and started again', async t => {
    await start('dead', {
      livenessProbe: { exec: { command: ['sh', '-c', 'echo dead; exit 1'] }, periodSeconds: 1, failureThreshold: 2 },
    })
    const again = await becomes(client, `${paths.pods}/dead`, pod => Number(at(status(pod), 'restartCount')) >= 1)
    t.hasStrict(status(again), { lastState: { terminated: { exitCode: 0, reason: 'Completed' } } })
    t.ok(await says('dead', /^Warning Unhealthy: Liveness probe failed: dead\n?$/))
    t.ok(await says('dead', /^Normal Killing: Container job failed liveness probe, will be restarted$/))
  })

  await t.test('until it has started nothing else is asked, and if it never does it is ended', async t => {
    const container = {
      startupProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 3 },
      livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 },
    }
    await start('stuck', container, { restartPolicy: 'Never' })
    const pod = await becomes(client, `${paths.pods}/stuck`, one => at(status(one), 'state', 'running') !== undefined)
    t.hasStrict(status(pod), { ready: false, started: false })
    const ended = await becomes(
      client,
      `${paths.pods}/stuck`,
      one => at(status(one), 'state', 'terminated') !== undefined,
    )
    t.equal(at(status(ended), 'restartCount'), 0)
    t.ok(await says('stuck', /^Warning Unhealthy: Startup probe failed: $/))
    t.ok(await says('stuck', /^Normal Killing: Stopping container job$/))
    t.notMatch((await told('stuck')).join('\n'), /Liveness/)
  })

  await t.test('a command may not take too long', async t => {
    const probe = { exec: { command: ['sleep', '20'] }, periodSeconds: 1, timeoutSeconds: 1 }
    await start('slow', { readinessProbe: probe })
    t.ok(
      await says(
        'slow',
        /^Warning Unhealthy: Readiness probe failed: command timed out: "sleep 20" timed out after 1s$/,
      ),
    )
  })
  // A node has room for so many.
  await client.call('DELETE', paths.pods)
}
