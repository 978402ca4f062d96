import { at, listAt, textAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { collections, created, got, jobOf, openWatch, podsOf, refused, roomyTool, runToEnd, versionOf } from './kit.ts'
import type { Suite } from './target.ts'

/** What is told about an object while it lives. */
export const events: Suite = async (t, target) => {
  const tool = await roomyTool(target)
  const { client } = tool
  const path = collections(tool).events
  const about = async (fields: Record<string, string>) => {
    const selector = Object.entries(fields).map(([name, value]) => `involvedObject.${name}=${value}`)
    return listAt(await got(client, `${path}?fieldSelector=${encodeURIComponent(selector.join(','))}`), 'items')
  }
  const before = versionOf(await got(client, path))
  const job = await runToEnd(target, tool, { name: 'told', command: 'true' })
  const uid = textAt(job, 'metadata', 'uid')

  await t.test('a job has events for its pod and for its end', async t => {
    const found = await waitUntil('two events', async () => {
      const list = await about({ kind: 'Job', uid })
      return list.length >= 2 ? list : undefined
    })
    t.strictSame(found.map(event => at(event, 'reason')).toSorted(), ['Completed', 'SuccessfulCreate'])
    const [pod] = await podsOf(tool, 'told')
    const create = found.find(event => at(event, 'reason') === 'SuccessfulCreate')
    t.hasStrict(create, {
      type: 'Normal',
      message: `Created pod: ${textAt(pod, 'metadata', 'name')}`,
      count: 1,
      involvedObject: { kind: 'Job', apiVersion: 'batch/v1', name: 'told', namespace: tool.namespace, uid },
      source: { component: 'job-controller' },
      metadata: { namespace: tool.namespace },
    })
    t.match(textAt(create, 'metadata', 'name'), /^told\.[0-9a-f]+$/)
    t.match(textAt(create, 'lastTimestamp'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    t.match(textAt(create, 'firstTimestamp'), /Z$/)
  })

  await t.test('its pod has events for each step', async t => {
    const [pod] = await podsOf(tool, 'told')
    const name = textAt(pod, 'metadata', 'name')
    const steps = ['Created', 'Pulled', 'Scheduled', 'Started']
    await waitUntil('the steps', async () => {
      const found = (await about({ kind: 'Pod', name })).filter(event => at(event, 'type') === 'Normal')
      return steps.every(step => found.some(event => at(event, 'reason') === step))
    })
    t.pass(`${steps.join(', ')} came`)
  })

  await t.test('a job that failed says so', async t => {
    const failed = await runToEnd(target, tool, { name: 'lost', command: 'exit 1' })
    const event = await waitUntil('the event', async () =>
      (await about({ kind: 'Job', uid: textAt(failed, 'metadata', 'uid') })).find(
        found => at(found, 'reason') === 'BackoffLimitExceeded',
      ),
    )
    t.hasStrict(event, { type: 'Warning', message: 'Job has reached the specified backoff limit' })
  })

  await t.test('they are watched as anything is', async t => {
    const fields = encodeURIComponent(`involvedObject.uid=${uid}`)
    const probe = await openWatch(t, client, `${path}?watch=true&resourceVersion=${before}&fieldSelector=${fields}`)
    const reason = (wanted: string) => (event: { object: unknown }) => at(event.object, 'reason') === wanted
    await probe.until('SuccessfulCreate', reason('SuccessfulCreate'))
    await probe.until('Completed', reason('Completed'))
    t.ok(probe.events.every(event => at(event.object, 'involvedObject', 'uid') === uid))
  })

  await t.test('their fields select, others are refused', async t => {
    t.ok(
      listAt(await got(client, `${path}?fieldSelector=type=Warning`), 'items').every(
        event => at(event, 'type') === 'Warning',
      ),
    )
    t.ok(listAt(await got(client, `${path}?fieldSelector=reason=Completed`), 'items').length > 0)
    t.strictSame(await about({ name: 'nobody' }), [])
    refused(t, await client.call('GET', `${path}?fieldSelector=message=x`), {
      code: 400,
      reason: 'BadRequest',
      message: /^(unable to find|field label not supported|"message" is not a known field selector)/,
    })
  })

  await t.test('they stay when the job has gone', async t => {
    await created(
      client,
      collections(tool).jobs,
      jobOf('after', { image: target.image, command: 'true', job: { suspend: true } }),
    )
    await client.call('DELETE', `${collections(tool).jobs}/told?propagationPolicy=Background`)
    t.ok((await about({ kind: 'Job', uid })).length >= 2)
  })
}
