import { at, textAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'
import {
  becomes,
  collections,
  created,
  endsAtTerm,
  goes,
  jobOf,
  podOf,
  podsOf,
  podUp,
  refused,
  roomyTool,
  runningPod,
  runToEnd,
} from './kit.ts'
import type { Suite } from './target.ts'

const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z /

/** What a pod wrote: all of it, its end, since a time, or as it comes. */
export const logs: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const { jobs, pods } = collections(tool)
  const numbers = 'i=1; while [ $i -le 20 ]; do echo line $i; i=$((i+1)); done'
  await runToEnd(target, tool, { name: 'twenty', command: numbers })
  const [finishedPod] = await podsOf(tool, 'twenty')
  const path = `${pods}/${textAt(finishedPod, 'metadata', 'name')}/log`
  const log = async (query: string) => (await client.call('GET', `${path}?${query}`)).text

  await t.test('the log of a finished pod is plain text, both outputs in one', async t => {
    const reply = await client.call('GET', path)
    t.equal(reply.status, 200)
    t.match(reply.headers['content-type'], /^text\/plain/)
    t.equal(reply.text, Array.from({ length: 20 }, (_, i) => `line ${i + 1}\n`).join(''))
    await runToEnd(target, tool, { name: 'both', command: 'echo out; sleep 1; echo err >&2; sleep 1; printf end' })
    const [pod] = await podsOf(tool, 'both')
    const both = await client.call('GET', `${pods}/${textAt(pod, 'metadata', 'name')}/log`)
    t.equal(both.text, 'out\nerr\nend', 'a last line without newline is as it was')
  })

  await t.test('tailLines, limitBytes and container cut it', async t => {
    t.equal(await log('tailLines=2'), 'line 19\nline 20\n')
    t.equal(await log('tailLines=0'), '')
    t.equal((await log('tailLines=100')).split('\n').length, 21)
    t.equal(await log('limitBytes=10'), 'line 1\nlin')
    t.equal(await log('tailLines=2&limitBytes=10'), 'line 19\nli')
    t.equal(await log('container=job&tailLines=1'), 'line 20\n')
    t.equal(await log('follow=true&tailLines=1'), 'line 20\n', 'to follow what has ended ends at once')
  })

  await t.test('timestamps precede each line, and sinceTime takes them', async t => {
    const lines = (await log('timestamps=true')).trimEnd().split('\n')
    t.equal(lines.length, 20)
    for (const line of lines) t.match(line, stamp)
    const last = lines.at(-1)?.split(' ')[0] ?? ''
    t.equal(lines.at(-1), `${last} line 20`)
    const later = new Date(Date.parse(last) + 2000).toISOString()
    t.equal(await log(`sinceTime=${later}`), '')
    const earlier = new Date(Date.parse(last) - 3_600_000).toISOString()
    t.equal((await log(`sinceTime=${earlier}`)).split('\n').length, 21)
    t.equal(await log('sinceSeconds=3600&tailLines=1'), 'line 20\n')
  })

  await t.test('a follower gets lines as they come, and the end', async t => {
    const command = 'echo one; sleep 2; echo two; sleep 2; echo three'
    await created(client, jobs, jobOf('slow', { image: target.image, command }))
    const pod = await runningPod(tool, 'slow')
    const stream = await client.stream(`${pods}/${pod}/log?follow=true`)
    const lines: [text: string, at: number][] = []
    for await (const line of stream.lines) lines.push([line, performance.now()])
    t.strictSame(
      lines.map(([text]) => text),
      ['one', 'two', 'three'],
    )
    const first = lines[0]?.[1] ?? 0
    t.ok((lines[2]?.[1] ?? 0) - first > 1500, 'not all at the end')
    await becomes(client, `${pods}/${pod}`, object => textAt(object, 'status', 'phase') === 'Succeeded')
  })

  await t.test(
    'of a container that was started again the run before has its log, and one that waits shows its last',
    async t => {
      const command = 'date +%s; exit 1'
      const again = { image: target.image, command, spec: { restartPolicy: 'Always' } }
      await created(client, pods, podOf('again', again))
      const state = (pod: unknown, ...path: (string | number)[]) => at(pod, 'status', 'containerStatuses', 0, ...path)
      await becomes(
        client,
        `${pods}/again`,
        pod =>
          Number(state(pod, 'restartCount')) >= 1 && state(pod, 'state', 'waiting', 'reason') === 'CrashLoopBackOff',
      )
      // A kubelet that has much to do tells of the run that has just ended a moment after it tells that the next one waits.
      const logOf = async (which: string) => (await client.call('GET', `${pods}/again/log${which}`)).text
      const both = async () => {
        const [now, before] = [await logOf(''), await logOf('?previous=true')]
        return /^\d+\n$/.test(now) && before === now
      }
      t.ok(await waitUntil('one log for both while it waits', both))
      await client.call('DELETE', `${pods}/again?gracePeriodSeconds=0`)
    },
  )

  await t.test('a follower of a deleted pod is let go', async t => {
    await created(client, jobs, jobOf('cut', { image: target.image, command: endsAtTerm }))
    const pod = await podUp(tool, 'cut')
    const stream = await client.stream(`${pods}/${pod}/log?follow=true&tailLines=5`)
    const lines: string[] = []
    const reading = (async () => {
      for await (const line of stream.lines) lines.push(line)
    })()
    await waitUntil('the first line', () => lines.length > 0)
    await client.call('DELETE', `${jobs}/cut?propagationPolicy=Background`)
    await reading
    t.strictSame(lines, ['up'])
    t.ok(await goes(client, `${pods}/${pod}`))
    t.equal((await client.call('GET', `${pods}/${pod}/log`)).status, 404)
  })

  await t.test('bytes come as they were written', async t => {
    await runToEnd(target, tool, {
      name: 'bytes',
      command: `printf 'a\\tb \\303\\244 \\033[1m\\n'; head -c 40000 /dev/zero | tr '\\0' x`,
    })
    const [pod] = await podsOf(tool, 'bytes')
    const { text } = await client.call('GET', `${pods}/${textAt(pod, 'metadata', 'name')}/log`)
    t.equal(text.split('\n')[0], 'a\tb ä \u001b[1m')
    t.equal(text.split('\n')[1], 'x'.repeat(40_000), 'a long line is one line')
  })

  await t.test('what cannot be is refused', async t => {
    const name = textAt(finishedPod, 'metadata', 'name')
    refused(t, await client.call('GET', `${pods}/none/log`), {
      code: 404,
      reason: 'NotFound',
      message: 'pods "none" not found',
      details: { name: 'none', kind: 'pods' },
    })
    refused(t, await client.call('GET', `${path}?container=other`), {
      code: 400,
      reason: 'BadRequest',
      message: `container other is not valid for pod ${name}`,
    })
    refused(t, await client.call('GET', `${path}?tailLines=-1`), {
      code: 422,
      reason: 'Invalid',
      message: `PodLogOptions "${name}" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0`,
    })
    t.equal((await client.call('GET', `${path}?tailLines=x`)).status, 400)
    t.equal((await client.call('GET', `${path}?limitBytes=0`)).status, 422)
    t.equal((await client.call('GET', `${path}?sinceTime=yesterday`)).status, 400)
  })
}
