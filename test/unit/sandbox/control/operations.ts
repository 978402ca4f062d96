import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startSandbox } from '../../../support/sandbox.ts'

function ask(socketPath: string, call: string, body?: unknown) {
  const [method, path] = call.split(' ')
  return new Promise<{ status: number; error?: string }>((resolve, reject) => {
    const sent = request({ socketPath, method, path, agent: false }, reply => {
      text(reply).then(got => resolve({ ...JSON.parse(got), status: reply.statusCode ?? 0 }), reject)
    })
    sent.once('error', reject)
    sent.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

t.test('what cannot be understood is refused with what is wrong, and changes nothing', async t => {
  const { control, control_socket } = await startSandbox(t)
  await control.faults.add({ latency_ms: 1 })
  const before = await control.faults.list()
  const bad: [call: string, body: unknown, error: RegExp][] = [
    ['POST /faults', '{', /the body is no JSON/],
    ['POST /faults', [], /the body must be a JSON object/],
    ['POST /faults', 'null', /the body must be a JSON object/],
    ['POST /faults', {}, /the fault does nothing/],
    ['POST /faults', '', /the fault does nothing/],
    ['POST /faults', { effect: 'explode' }, /effect: must be one of none, answer, cut, reset/],
    ['POST /faults', { effect: 'reset', code: 500 }, /code: only for the effect answer/],
    ['POST /faults', { effect: 'answer', code: 200 }, /code: must be >= 400/],
    ['POST /faults', { effect: 'reset', verb: 'get' }, /verb: there is no such setting/],
    ['POST /faults', { effect: 'reset', match: { kind: 'Job' } }, /match.kind: there is no such setting/],
    ['POST /faults', { effect: 'reset', probability: 0 }, /probability: must be > 0/],
    ['POST /faults', { effect: 'reset', nth: '2' }, /nth: must be integer/],
    ['PUT /faults', {}, /faults: must be set/],
    ['PUT /faults', { faults: [{ effect: 'reset' }, {}] }, /fault 1: the fault does nothing/],
    ['PUT /clock', { offset_s: 'now' }, /offset_s: must be number/],
    ['PUT /clock', { speed: 2 }, /speed: there is no such setting/],
    ['POST /clock/advance', {}, /seconds: must be set/],
    ['POST /clock/advance', { seconds: -1 }, /seconds: must be >= 0/],
    ['POST /clock/advance', { seconds: 1e13 }, /seconds: must be <= /],
    ['GET /requests?kind=Job', undefined, /kind: there is no such setting/],
    ['POST /watches/end', { how: 'softly' }, /how: must be one of end, cut, expired/],
    ['POST /connections/end', {}, /how: must be set/],
    ['PUT /connections', { newcomers: 'no' }, /newcomers: must be one of accept, reset, silent/],
  ]
  for (const [call, body, error] of bad) {
    const reply = await ask(control_socket, call, body)
    t.match(reply, { status: 400, error }, `${call} ${JSON.stringify(body)}`)
  }
  t.match(await ask(control_socket, 'DELETE /faults/9'), { status: 404, error: 'there is no fault 9' })
  t.match(await ask(control_socket, 'POST /compact', { plural: 'dragons' }), { status: 404, error: /no dragons/ })
  t.same(await control.faults.list(), before)
  t.match(await control.state(), { clock: { stopped: false }, newcomers: 'accept' })
})

t.test('the state says all that has been asked for', async t => {
  const { control, admin } = await startSandbox(t)
  await control.clock.stop()
  await control.setNewcomers('silent')
  await control.setNewcomers('accept')
  await control.faults.replace([{ latency_ms: 1 }, { effect: 'answer', code: 429, count: 1 }])
  await admin.call('GET', '/version')
  t.match(await control.state(), {
    clock: { stopped: true, now: /^\d{4}-.*Z$/ },
    faults: [
      { id: '1', latency_ms: 1, seen: 1, struck: 1 },
      { id: '2', effect: 'answer', seen: 0, struck: 0 },
    ],
    requests: [{ verb: 'get', resource: '', code: 200, count: 1 }],
    open: { watches: 0, connections: 1 },
    newcomers: 'accept',
  })
})
