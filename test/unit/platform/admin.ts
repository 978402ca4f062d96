import t from 'tap'
import { createAdmin } from '../../../src/platform/admin.ts'
import { quietLog } from '../../../src/platform/log.ts'

t.test('operators see health, readiness and metrics, and nothing else', async t => {
  const state = { ready: true, broken: false }
  const admin = createAdmin(
    { host: '127.0.0.1', port: 0 },
    {
      metrics: () => (state.broken ? Promise.reject(new Error('broken')) : Promise.resolve('x 1\n')),
      ready: () => state.ready,
      log: quietLog,
    },
  )
  const { port } = await admin.start()
  t.teardown(() => admin.stop())
  const get = async (path: string, method = 'GET') => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method })
    return [reply.status, (await reply.text()).trim()]
  }
  t.same(await get('/metrics'), [200, 'x 1'])
  t.same(await get('/healthz?x=1'), [200, 'ok'])
  t.same(await get('/readyz'), [200, 'ok'])
  state.ready = false
  t.same(await get('/readyz'), [503, 'not ready'])
  t.same(await get('/healthz'), [200, 'ok'], 'the process itself lives')
  t.equal((await get('/'))[0], 404)
  t.equal((await get('/metrics', 'POST'))[0], 405)
  state.broken = true
  await t.rejects(get('/metrics'))
})

t.test('a port that is taken is an error, and stopping what never started is none', async t => {
  const deps = { metrics: () => Promise.resolve(''), ready: () => true, log: quietLog }
  const first = createAdmin({ host: '127.0.0.1', port: 0 }, deps)
  const { port } = await first.start()
  const second = createAdmin({ host: '127.0.0.1', port }, deps)
  await t.rejects(second.start(), { code: 'EADDRINUSE' })
  await second.stop()
  await first.stop()
})
