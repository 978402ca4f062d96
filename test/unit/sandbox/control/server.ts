import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createLog } from '../../../../src/platform/log.ts'
import { type Operation, UnknownName } from '../../../../src/sandbox/control/operations.ts'
import { createControlServer } from '../../../../src/sandbox/control/server.ts'
import { waitUntil } from '../../../support/wait-until.ts'

/** Shorter than the folders of tap: the path of a socket may not be long. */
function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'control-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function ask(socketPath: string, call: string, body?: string) {
  const [method, path] = call.split(' ')
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const sent = request({ socketPath, method, path, agent: false }, reply => {
      text(reply).then(got => resolve({ status: reply.statusCode ?? 0, body: JSON.parse(got) }), reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

async function start(t: Test, operations: Record<string, Operation>) {
  const lines: string[] = []
  const log = createLog({ level: 'debug', service: 'sandbox' }, { write: line => lines.push(line) })
  const path = join(folderOf(t), 'control.sock')
  const server = createControlServer(path, { operations, log })
  await server.start()
  t.teardown(server.stop)
  return { path, server, lines, log }
}

t.test('operations are found by method and path', async t => {
  const { path } = await start(t, {
    'GET /': () => ({ at: 'root' }),
    'POST /faults': ({ body, query }) => ({ body, a: query.get('a') }),
    'DELETE /faults/:id': ({ id }) => ({ id }),
  })
  t.same(await ask(path, 'GET /'), { status: 200, body: { at: 'root' } })
  t.same(await ask(path, 'POST /faults?a=1', 'ä'), { status: 200, body: { body: 'ä', a: '1' } })
  t.same(await ask(path, 'DELETE /faults/7'), { status: 200, body: { id: '7' } })
  t.match(await ask(path, 'PUT /faults'), { status: 405, body: { error: '/faults knows POST' } })
  t.match(await ask(path, 'GET /x'), { status: 404, body: { error: /there is no \/x; there are GET \/, POST/ } })
  t.match(await ask(path, 'POST /faults', 'x'.repeat(1024 * 1024 + 1)), { status: 413 })
})

t.test('what an operation refuses is said, what fails in it is logged', async t => {
  const { path, lines } = await start(t, {
    'GET /unknown': () => {
      throw new UnknownName('there is no fault 7')
    },
    'GET /broken': () => Promise.reject(new Error('out of order')),
  })
  t.same(await ask(path, 'GET /unknown'), { status: 404, body: { error: 'there is no fault 7' } })
  t.match(await ask(path, 'GET /broken'), { status: 500, body: { error: 'out of order' } })
  t.match(lines.join(), 'out of order')
})

t.test('the socket is for its owner alone, whatever the umask, and goes with the server', async t => {
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const { path, server } = await start(t, {})
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(process.umask(), 0, 'nothing else has another mode')
  await server.stop()
  t.equal(statSync(path, { throwIfNoEntry: false }), undefined)
})

t.test('a socket that was left behind is taken, another one or another file is not', async t => {
  const { path, log } = await start(t, { 'GET /': () => ({ first: true }) })
  const second = createControlServer(path, { operations: {}, log })
  await t.rejects(second.start(), /is the control socket of another process/)
  await second.stop()
  t.same((await ask(path, 'GET /')).body, { first: true }, 'the first goes on')

  const left = join(folderOf(t), 'left.sock')
  const script = `require('node:net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  t.ok(statSync(left).isSocket())
  const heir = createControlServer(left, { operations: { 'GET /': () => ({ heir: true }) }, log })
  await heir.start()
  t.teardown(heir.stop)
  t.same((await ask(left, 'GET /')).body, { heir: true })

  const folder = folderOf(t)
  writeFileSync(join(folder, 'file'), 'precious')
  mkdirSync(join(folder, 'folder'))
  for (const name of ['file', 'folder']) {
    const odd = createControlServer(join(folder, name), { operations: {}, log })
    await t.rejects(odd.start(), /is there already, and is no socket/)
    t.ok(statSync(join(folder, name)))
  }
})

t.test('a path that no socket can have is refused in words', async t => {
  const log = createLog({ level: 'silent', service: 'sandbox' })
  const long = createControlServer(`/tmp/${'x'.repeat(100)}`, { operations: {}, log })
  await t.rejects(long.start(), /longer than 100 bytes/)
  const nowhere = createControlServer('/nowhere/at/all.sock', { operations: {}, log })
  await t.rejects(nowhere.start(), { code: /ENOENT|EACCES/ })
})

t.test('an operation that takes long ends when the client leaves, or the server stops', async t => {
  const begun: AbortSignal[] = []
  const { path, server } = await start(t, {
    'POST /long': ({ signal }) => {
      begun.push(signal)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  const sent = request({ socketPath: path, method: 'POST', path: '/long', agent: false })
  sent.on('error', () => undefined)
  sent.end()
  await waitUntil('the operation', () => begun.length === 1)
  sent.destroy()
  await waitUntil('its end', () => begun[0]?.aborted)
  const second = ask(path, 'POST /long').catch(error => error)
  await waitUntil('the operation', () => begun.length === 2)
  await server.stop()
  t.ok(begun[1]?.aborted)
  await second
})

t.test('a server that has not started can be stopped', async t => {
  const log = createLog({ level: 'silent', service: 'sandbox' })
  await t.resolves(createControlServer('/nowhere/at/all.sock', { operations: {}, log }).stop())
})
