import { readFile, stat } from 'node:fs/promises'
import { at, textAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { becomes, collections, created, goes, isUp, jobOf, podOf, podsOf, refused, roomyTool } from './kit.ts'
import type { Suite } from './target.ts'

/** What a pod is given, and what is told about it. */
export const pods: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client, home, uid } = tool
  const paths = collections(tool)
  const asOwner = {
    securityContext: { runAsUser: uid, runAsGroup: uid },
    volumes: [{ name: 'home', hostPath: { path: home, type: 'Directory' } }],
  }
  const volumeMounts = [{ name: 'home', mountPath: home }]
  const over = (name: string) =>
    becomes(client, `${paths.pods}/${name}`, pod =>
      ['Succeeded', 'Failed'].includes(String(at(pod, 'status', 'phase'))),
    )
  const terminated = (pod: unknown) => at(pod, 'status', 'containerStatuses', 0, 'state', 'terminated')

  await t.test('it has its folder, environment, arguments and user, and writes to the home', async t => {
    const container = {
      command: ['sh', '-c', 'echo "$0 $1 $HOME $GREETING $(pwd) $(id -u)" > out.txt', 'zero'],
      args: ['one two'],
      workingDir: home,
      env: [
        { name: 'HOME', value: home },
        { name: 'NAME', value: 'tool' },
        { name: 'GREETING', value: 'hello $(NAME) $$(NAME)' },
      ],
      volumeMounts,
    }
    await created(client, paths.pods, podOf('given', { image: target.image, command: '', container, spec: asOwner }))
    t.equal(at(await over('given'), 'status', 'phase'), 'Succeeded')
    const written = await readFile(`${home}/out.txt`, 'utf8')
    t.equal(written, `zero one two ${home} hello tool $(NAME) ${home} ${uid}\n`)
    t.equal((await stat(`${home}/out.txt`)).uid, uid)
  })

  await t.test('in its command $(NAME) is a variable of its own, and two dollars are one', async t => {
    const container = {
      command: ['echo', '$(GREETING)', '$$(GREETING)', '$(ABSENT)', '$$', 'a$b', '$GREETING'],
      args: ['$(GREETING)!'],
      env: [{ name: 'GREETING', value: 'hello' }],
    }
    await created(client, paths.pods, podOf('dollars', { image: target.image, command: '', container }))
    await over('dollars')
    const reply = await client.call('GET', `${paths.pods}/dollars/log`)
    t.equal(reply.text, 'hello $(GREETING) $(ABSENT) $ a$b $GREETING hello!\n')
  })

  await t.test('nothing of the environment around it comes in', async t => {
    const container = { command: ['sh', '-c', 'env | cut -d= -f1 | sort'] }
    await created(client, paths.pods, podOf('clean', { image: target.image, command: '', container }))
    await over('clean')
    const reply = await client.call('GET', `${paths.pods}/clean/log`)
    // What tap gives to every child of a test comes with a control plane that is in the test's process.
    // SANDBOX_CONTAINER: the mark by which the sandbox finds processes that left their group.
    const allowed = /^(HOME|HOSTNAME|PATH|PWD|SHLVL|_|KUBERNETES_\w+|SANDBOX_CONTAINER|NODE_OPTIONS|_TAPJS_\w+)$/
    t.strictSame(
      reply.text
        .trim()
        .split('\n')
        .filter(name => !allowed.test(name)),
      [],
    )
    t.match(reply.text, /^PATH$/m)
    t.match(reply.text, /^HOSTNAME$/m)
  })

  await t.test('TERM comes first, KILL after the grace, and no process of it stays', async t => {
    const file = `${home}/ended.txt`
    const command = `sleep 1000 & trap 'echo term > ${file}; exit 0' TERM; echo up; while :; do sleep 0.1; done`
    const options = {
      image: target.image,
      command,
      container: { volumeMounts },
      spec: { ...asOwner, terminationGracePeriodSeconds: 10 },
    }
    await created(client, paths.pods, podOf('told', options))
    await isUp(tool, 'told')
    await client.call('DELETE', `${paths.pods}/told`)
    t.ok(await goes(client, `${paths.pods}/told`))
    t.equal(await readFile(file, 'utf8'), 'term\n')
  })

  await t.test('TERM goes to the first process of a container, not to what it has started', async t => {
    const file = `${home}/who-was-told.txt`
    const child = `trap 'echo child >> ${file}' TERM; echo up; while :; do sleep 0.1; done`
    const command = `trap 'echo first >> ${file}; sleep 1; exit 0' TERM; (${child}) & while :; do sleep 0.1; done`
    const options = { image: target.image, command, container: { volumeMounts }, spec: asOwner }
    await created(client, paths.pods, podOf('wrapped', options))
    await isUp(tool, 'wrapped')
    await client.call('DELETE', `${paths.pods}/wrapped`)
    t.ok(await goes(client, `${paths.pods}/wrapped`))
    t.equal(await readFile(file, 'utf8'), 'first\n')
  })

  await t.test('more memory than its limit ends it as OOMKilled, 137', async t => {
    const container = { resources: { limits: { memory: '100Mi' }, requests: { memory: '100Mi' } } }
    // One variable that doubles: sh holds it in its own memory.
    const command = 'x=0123456789abcdef; while :; do x="$x$x"; done'
    await created(client, paths.pods, podOf('hungry', { image: target.image, command, container }))
    t.hasStrict(terminated(await over('hungry')), { exitCode: 137, reason: 'OOMKilled' })
  })

  await t.test('phases, times and conditions tell its life', async t => {
    await created(client, paths.pods, podOf('alive', { image: target.image, command: 'sleep 2' }))
    const running = await becomes(client, `${paths.pods}/alive`, pod => at(pod, 'status', 'phase') === 'Running')
    const conditions = (pod: unknown) =>
      Object.fromEntries(
        [at(pod, 'status', 'conditions')].flat().map(found => [at(found, 'type'), at(found, 'status')]),
      )
    t.match(conditions(running), { PodScheduled: 'True', Initialized: 'True', Ready: 'True', ContainersReady: 'True' })
    t.type(at(running, 'spec', 'nodeName'), 'string')
    const ended = await over('alive')
    t.match(conditions(ended), { PodScheduled: 'True', Ready: 'False', ContainersReady: 'False' })
    const end = at(terminated(ended), 'finishedAt')
    t.ok(Date.parse(String(end)) - Date.parse(textAt(terminated(ended), 'startedAt')) >= 1000)
  })

  await t.test('an image that is not to be had keeps it waiting, with the reason', async t => {
    const options = { image: 'nowhere.invalid/none:1', command: 'true' }
    await created(client, paths.jobs, jobOf('imageless', options))
    const pod = await waitUntil('the pod to wait for its image', async () => {
      const found = (await podsOf(tool, 'imageless'))[0]
      const reason = at(found, 'status', 'containerStatuses', 0, 'state', 'waiting', 'reason')
      return reason === 'ErrImagePull' || reason === 'ImagePullBackOff' ? found : undefined
    })
    t.equal(at(pod, 'status', 'phase'), 'Pending')
    t.match(at(pod, 'status', 'containerStatuses', 0, 'state', 'waiting', 'message'), 'nowhere.invalid/none:1')
    const name = textAt(pod, 'metadata', 'name')
    refused(t, await client.call('GET', `${paths.pods}/${name}/log`), {
      code: 400,
      reason: 'BadRequest',
      message: new RegExp(
        `^container "job" in pod "${name}" is waiting to start: (trying and failing to pull image|image can't be pulled)`,
      ),
    })
    await client.call('DELETE', `${paths.jobs}/imageless?propagationPolicy=Background`)
    t.ok(await goes(client, `${paths.pods}/${name}`), 'it goes though it never ran')
  })

  await t.test('its specification may not be changed', async t => {
    await created(client, paths.pods, podOf('fixed', { image: target.image, command: 'sleep 100' }))
    const body = { spec: { terminationGracePeriodSeconds: 77 } }
    const reply = await client.call('PATCH', `${paths.pods}/fixed`, { body, type: 'application/merge-patch+json' })
    refused(t, reply, {
      code: 422,
      reason: 'Invalid',
      message: /^Pod "fixed" is invalid: spec: Forbidden: pod updates may not change fields other than/,
    })
  })
}
