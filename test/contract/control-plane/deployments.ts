import { at, listAt, textAt } from '../../support/json.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../../support/wait-until.ts'
import {
  becomes,
  changed,
  collections,
  condition,
  created,
  endsAtTerm,
  goes,
  got,
  mergePatch,
  podSpec,
  refused,
  roomyTool,
} from './kit.ts'
import type { Suite, TargetTool } from './target.ts'

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** Programs that run until they are told to end. */
export const deploymentOf = (
  name: string,
  {
    image,
    command = endsAtTerm,
    spec,
    container,
  }: { image: string; command?: string; spec?: object; container?: object },
) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: podSpec({
        image,
        command,
        spec: { restartPolicy: 'Always' },
        ...(container === undefined ? {} : { container }),
      }),
    },
    ...spec,
  },
})

/** A tool that may have many of everything. */
export async function deployer(target: Parameters<Suite>[1]): Promise<TargetTool> {
  const tool = await roomyTool(target)
  const quota = `${collections(tool).quotas}/${tool.namespace}`
  await changed(target.admin, quota, { spec: { hard: { 'count/deployments.apps': '100', services: '100' } } })
  return tool
}

/** What of the pods of an app is wanted, however many are going. */
export async function podsOfApp(tool: TargetTool, app: string): Promise<unknown[]> {
  const list = listAt(await got(tool.client, `${collections(tool).pods}?labelSelector=app%3D${app}`), 'items')
  return list.filter(pod => at(pod, 'metadata', 'deletionTimestamp') === undefined)
}

const isRolledOut = (deployment: unknown): boolean => {
  const wanted = at(deployment, 'spec', 'replicas')
  const counts = ['updatedReplicas', 'replicas', 'availableReplicas'].map(name => at(deployment, 'status', name) ?? 0)
  const current = at(deployment, 'status', 'observedGeneration') === at(deployment, 'metadata', 'generation')
  return current && counts.every(count => count === wanted)
}

/** Programs that go on: rollouts, sizes and failures. */
export const deployments: Suite = async (t, target) => {
  const tool = await deployer(target)
  const { client } = tool
  const paths = collections(tool)
  const { image } = target
  const rolledOut = (name: string) => becomes(client, `${paths.deployments}/${name}`, isRolledOut)
  const setsOf = async (name: string) =>
    listAt(await got(client, `${paths.replicaSets}?labelSelector=app%3D${name}`), 'items')
  const told = async (kind: string, name: string): Promise<string[]> => {
    const query = encodeURIComponent(`involvedObject.kind=${kind}`)
    return listAt(await got(client, `${paths.events}?fieldSelector=${query}`), 'items')
      .filter(event => textAt(event, 'involvedObject', 'name').startsWith(name))
      .map(event => `${at(event, 'reason')}: ${at(event, 'message')}`)
  }

  await t.test('a new one gets its defaults, a replica set and pods', async t => {
    const made = await created(client, paths.deployments, deploymentOf('new', { image, spec: { replicas: 2 } }))
    t.hasStrict(made, {
      metadata: { generation: 1 },
      spec: {
        replicas: 2,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        template: { spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler' } },
      },
      status: {},
    })
    const done = await rolledOut('new')
    t.equal(at(done, 'metadata', 'annotations', 'deployment.kubernetes.io/revision'), '1')
    t.hasStrict(at(done, 'status'), {
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
    })
    t.equal(at(done, 'status', 'unavailableReplicas'), undefined)
    t.hasStrict(condition(done, 'Available'), {
      reason: 'MinimumReplicasAvailable',
      message: 'Deployment has minimum availability.',
    })
    const [set] = await setsOf('new')
    const hash = textAt(set, 'metadata', 'labels', 'pod-template-hash')
    const name = textAt(set, 'metadata', 'name')
    t.equal(name, `new-${hash}`)
    const progress = await becomes(
      client,
      `${paths.deployments}/new`,
      object => at(condition(object, 'Progressing'), 'reason') === 'NewReplicaSetAvailable',
    )
    t.equal(at(condition(progress, 'Progressing'), 'message'), `ReplicaSet "${name}" has successfully progressed.`)
    for (const field of ['lastUpdateTime', 'lastTransitionTime'])
      t.match(at(condition(progress, 'Progressing'), field), time)
    const uid = at(made, 'metadata', 'uid')
    t.hasStrict(set, {
      metadata: {
        annotations: {
          'deployment.kubernetes.io/desired-replicas': '2',
          'deployment.kubernetes.io/max-replicas': '3',
          'deployment.kubernetes.io/revision': '1',
        },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'new', uid, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: { replicas: 2, selector: { matchLabels: { app: 'new', 'pod-template-hash': hash } } },
      status: { replicas: 2, readyReplicas: 2, availableReplicas: 2, fullyLabeledReplicas: 2, observedGeneration: 1 },
    })
    for (const pod of await podsOfApp(tool, 'new')) {
      t.match(textAt(pod, 'metadata', 'name'), new RegExp(`^new-${hash}-[a-z0-9]{5}$`))
      t.equal(at(pod, 'metadata', 'labels', 'pod-template-hash'), hash)
      t.hasStrict(at(pod, 'metadata', 'ownerReferences', 0), { kind: 'ReplicaSet', name, controller: true })
    }
    t.ok((await told('Deployment', 'new')).includes(`ScalingReplicaSet: Scaled up replica set ${name} from 0 to 2`))
    t.match((await told('ReplicaSet', 'new')).join('\n'), `SuccessfulCreate: Created pod: ${name}-`)
  })

  await t.test('a pod that goes is replaced', async t => {
    const before = (await podsOfApp(tool, 'new')).map(pod => textAt(pod, 'metadata', 'name'))
    await client.call('DELETE', `${paths.pods}/${before[0]}?gracePeriodSeconds=0`)
    await waitUntil('another pod', async () => {
      const now = (await podsOfApp(tool, 'new')).map(pod => textAt(pod, 'metadata', 'name'))
      return now.length === 2 && now.some(name => !before.includes(name))
    })
    t.pass('it is')
  })

  await t.test('another template is rolled out, with another set and the next revision', async t => {
    const template = { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-22T10:00:00Z' } } }
    const before = (await podsOfApp(tool, 'new')).map(pod => textAt(pod, 'metadata', 'name'))
    await changed(client, `${paths.deployments}/new`, { spec: { template } })
    const done = await rolledOut('new')
    t.equal(at(done, 'metadata', 'annotations', 'deployment.kubernetes.io/revision'), '2')
    const sets = await setsOf('new')
    t.strictSame(sets.map(set => at(set, 'spec', 'replicas')).toSorted(), [0, 2])
    for (const pod of await podsOfApp(tool, 'new')) t.notOk(before.includes(textAt(pod, 'metadata', 'name')))
    t.match(
      (await told('Deployment', 'new')).join('\n'),
      /ScalingReplicaSet: Scaled down replica set new-\w+ from \d to \d/,
    )
  })

  await t.test('its size is changed by its scale', async t => {
    const scale = `${paths.deployments}/new/scale`
    const now = await got(client, scale)
    t.hasStrict(now, {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'new', namespace: tool.namespace },
      spec: { replicas: 2 },
      status: { replicas: 2, selector: 'app=new' },
    })
    t.hasStrict(await changed(client, scale, { spec: { replicas: 3 } }), { kind: 'Scale', spec: { replicas: 3 } })
    t.equal(at(await rolledOut('new'), 'spec', 'replicas'), 3)
    const put = (body: object) => client.call('PUT', scale, { body })
    refused(t, await put({ ...Object(now), spec: { replicas: 1 } }), {
      code: 409,
      reason: 'Conflict',
      message: /^Operation cannot be fulfilled on deployments.apps "new": the object has been modified/,
    })
    const object = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'new' } }
    t.hasStrict((await put({ ...object, spec: { replicas: 1 } })).body, { spec: { replicas: 1 } })
    await rolledOut('new')
    refused(t, await put({ ...object, spec: { replicas: -1 } }), {
      code: 422,
      reason: 'Invalid',
      message:
        'Scale.autoscaling "new" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    })
    t.strictSame(at((await put(object)).body, 'spec'), {}, 'none at all')
    const none = await becomes(client, `${paths.deployments}/new`, one => at(one, 'status', 'replicas') === undefined)
    t.equal(at(none, 'spec', 'replicas'), 0)
    t.equal((await client.call('GET', `${paths.deployments}/none/scale`)).status, 404)
    t.hasStrict(
      await got(client, `${paths.replicaSets}/${textAt((await setsOf('new'))[0], 'metadata', 'name')}/scale`),
      {
        kind: 'Scale',
      },
    )
  })

  await t.test('Recreate ends the old pods first', async t => {
    await created(client, paths.deployments, deploymentOf('again', { image, spec: { strategy: { type: 'Recreate' } } }))
    await rolledOut('again')
    await changed(client, `${paths.deployments}/again`, { spec: { template: { metadata: { labels: { v: '2' } } } } })
    await rolledOut('again')
    const [pod, ...others] = await podsOfApp(tool, 'again')
    t.equal(at(pod, 'metadata', 'labels', 'v'), '2')
    t.strictSame(others, [])
    const said = await told('Deployment', 'again')
    const down = said.findIndex(text => text.includes('Scaled down'))
    t.ok(down > 0 && said.findLastIndex(text => text.includes('Scaled up')) > down, said.join('; '))
  })

  await t.test('paused it does not roll', async t => {
    const path = `${paths.deployments}/again`
    await changed(client, path, { spec: { paused: true } })
    const paused = await becomes(client, path, object =>
      listAt(object, 'status', 'conditions').some(one => at(one, 'reason') === 'DeploymentPaused'),
    )
    t.hasStrict(
      listAt(paused, 'status', 'conditions').find(one => at(one, 'type') === 'Progressing'),
      { status: 'Unknown', message: 'Deployment is paused' },
    )
    await changed(client, path, { spec: { template: { metadata: { labels: { v: '3' } } } } })
    await becomes(client, path, one => at(one, 'status', 'observedGeneration') === at(one, 'metadata', 'generation'))
    t.equal((await setsOf('again')).length, 2)
    await changed(client, path, { spec: { paused: null } })
    await rolledOut('again')
    t.equal((await setsOf('again')).length, 3)
  })

  await t.test('a program that ends is started again, and again later', async t => {
    await created(client, paths.deployments, deploymentOf('crash', { image, command: 'echo once; exit 3' }))
    const pod = await waitUntil(
      'the back-off',
      async () =>
        (await podsOfApp(tool, 'crash')).find(
          one => at(one, 'status', 'containerStatuses', 0, 'state', 'waiting', 'reason') === 'CrashLoopBackOff',
        ),
      60,
    )
    const status = at(pod, 'status', 'containerStatuses', 0)
    t.hasStrict(status, { ready: false, started: false, lastState: { terminated: { exitCode: 3, reason: 'Error' } } })
    t.match(at(status, 'state', 'waiting', 'message'), /^back-off (10|20)s restarting failed container=job pod=crash-/)
    t.ok(Number(at(status, 'restartCount')) >= 1)
    t.equal(at(pod, 'status', 'phase'), 'Running')
    const deployment = await got(client, `${paths.deployments}/crash`)
    t.equal(condition(deployment, 'Available'), undefined)
    t.equal(at(deployment, 'status', 'unavailableReplicas'), 1)
    await client.call('DELETE', `${paths.deployments}/crash`)
  })

  await t.test('a rollout that comes to nothing times out', async t => {
    const spec = { progressDeadlineSeconds: 2 }
    const never = { readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 } }
    await created(client, paths.deployments, deploymentOf('never', { image, spec, container: never }))
    const late = await becomes(client, `${paths.deployments}/never`, object =>
      listAt(
        at(object, 'status', 'conditions') === undefined ? { list: [] } : { list: at(object, 'status', 'conditions') },
        'list',
      ).some(one => at(one, 'reason') === 'ProgressDeadlineExceeded'),
    )
    const [set] = await setsOf('never')
    t.hasStrict(
      listAt(late, 'status', 'conditions').find(one => at(one, 'type') === 'Progressing'),
      { status: 'False', message: `ReplicaSet "${textAt(set, 'metadata', 'name')}" has timed out progressing.` },
    )
    await client.call('DELETE', `${paths.deployments}/never`)
  })

  await t.test('what a quota refuses is said by condition and event', async t => {
    const small = await target.newTool()
    const own = collections(small)
    const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }
    await created(
      small.client,
      own.deployments,
      deploymentOf('big', { image, spec: { replicas: 3 }, container: { resources } }),
    )
    const full = await becomes(
      small.client,
      `${own.deployments}/big`,
      one => condition(one, 'ReplicaFailure') !== undefined,
    )
    t.equal(at(condition(full, 'ReplicaFailure'), 'reason'), 'FailedCreate')
    const message =
      /^pods "big-\w+-\w{5}" is forbidden: exceeded quota: \S+, requested: requests\.cpu=1, used: requests\.cpu=2, limited: requests\.cpu=2$/
    t.match(at(condition(full, 'ReplicaFailure'), 'message'), message)
    const query = encodeURIComponent('reason=FailedCreate')
    const [event] = listAt(await got(small.client, `${own.events}?fieldSelector=${query}`), 'items')
    t.hasStrict(event, {
      type: 'Warning',
      involvedObject: { kind: 'ReplicaSet' },
      source: { component: 'replicaset-controller' },
    })
    t.match(textAt(event, 'message'), /^Error creating: pods "big-\w+-\w{5}" is forbidden: exceeded quota: /)
    await small.client.call('DELETE', `${own.deployments}/big`)
    await waitUntil('room', async () => (await podsOfApp(small, 'big')).length === 0)
    // A quota is counted a little after its objects have come or gone.
    const counted = (count: string) =>
      becomes(
        small.client,
        `${own.quotas}/${small.namespace}`,
        one => at(one, 'status', 'used', 'count/deployments.apps') === count,
      )
    await counted('0')
    for (const name of ['one', 'two', 'three'])
      await created(small.client, own.deployments, deploymentOf(name, { image, spec: { replicas: 0 } }))
    await counted('3')
    refused(t, await small.client.call('POST', own.deployments, { body: deploymentOf('four', { image }) }), {
      code: 403,
      reason: 'Forbidden',
      message: `deployments.apps "four" is forbidden: exceeded quota: ${small.namespace}, requested: count/deployments.apps=1, used: count/deployments.apps=3, limited: count/deployments.apps=3`,
    })
  })

  await t.test('what cannot be is refused with the field', async t => {
    const post = (spec: object, container?: object) =>
      client.call('POST', `${paths.deployments}?dryRun=All`, {
        body: deploymentOf('bad', { image, spec, ...(container === undefined ? {} : { container }) }),
      })
    const says = async (reply: ReturnType<RawClient['call']>, message: string | RegExp) =>
      refused(t, await reply, { code: 422, reason: 'Invalid', message })
    const head = 'Deployment.apps "bad" is invalid: '
    const mismatch = 'Invalid value: {"app":"bad"}: `selector` does not match template `labels`'
    await says(post({ replicas: -1 }), `${head}spec.replicas: Invalid value: -1: must be greater than or equal to 0`)
    await says(
      post({ selector: undefined }),
      `${head}[spec.selector: Required value, spec.template.metadata.labels: ${mismatch}]`,
    )
    await says(
      post({ selector: { matchLabels: { app: 'other' } } }),
      `${head}spec.template.metadata.labels: ${mismatch}`,
    )
    await says(
      post({ selector: {} }),
      `${head}spec.selector: Invalid value: {}: empty selector is invalid for deployment`,
    )
    await says(
      post({ progressDeadlineSeconds: 5, minReadySeconds: 5 }),
      `${head}spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds`,
    )
    const rolling = (rollingUpdate: object) => post({ strategy: { type: 'RollingUpdate', rollingUpdate } })
    await says(
      rolling({ maxSurge: 0, maxUnavailable: 0 }),
      `${head}spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when \`maxSurge\` is 0`,
    )
    await says(
      rolling({ maxUnavailable: '110%' }),
      `${head}spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "110%": must not be greater than 100%`,
    )
    await says(
      rolling({ maxSurge: 'many' }),
      `${head}spec.strategy.rollingUpdate.maxSurge: Invalid value: "many": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
    )
    await says(
      post({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
      `${head}spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy \`type\` is 'Recreate'`,
    )
    const template = { metadata: { labels: { app: 'bad' } }, spec: podSpec({ image, command: 'true' }) }
    await says(
      post({ template }),
      `${head}spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"`,
    )
    const at0 = 'spec.template.spec.containers[0]'
    await says(
      post({}, { ports: [{ containerPort: 70000 }] }),
      `${head}${at0}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
    )
    await says(
      post({}, { livenessProbe: {} }),
      `${head}${at0}.livenessProbe: Required value: must specify a handler type`,
    )
    await says(
      post({}, { livenessProbe: { successThreshold: 2, tcpSocket: { port: 'UP' } } }),
      /livenessProbe.tcpSocket.port: Invalid value: "UP": .*livenessProbe.successThreshold: Invalid value: 2: must be 1/,
    )
    await says(
      client.call('PATCH', `${paths.deployments}/again`, {
        type: mergePatch,
        body: { spec: { selector: { matchLabels: { v: '3' } } } },
      }),
      'Deployment.apps "again" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"again","v":"3"}}: field is immutable',
    )
  })

  await t.test('deleted, it takes sets and pods along', async t => {
    const [pod] = await podsOfApp(tool, 'again')
    const reply = await client.call('DELETE', `${paths.deployments}/again`)
    t.hasStrict(reply.body, {
      kind: 'Status',
      status: 'Success',
      details: { name: 'again', group: 'apps', kind: 'deployments' },
    })
    t.ok(await goes(client, `${paths.pods}/${textAt(pod, 'metadata', 'name')}`))
    await waitUntil('the sets to go', async () => (await setsOf('again')).length === 0)
  })
}
