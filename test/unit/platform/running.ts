import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readRunning, removeRunning, writeRunning } from '../../../src/platform/running.ts'

const running = { api_url: 'https://127.0.0.1:30001', ca_file: '/x/ca.crt', kubeconfig: '/x/config', pid: process.pid }

t.test('what a living process wrote is found, and taken back by it alone', async t => {
  const checkout = t.testdir({})
  t.equal(readRunning(checkout), undefined)
  writeRunning(checkout, running)
  t.same(readRunning(checkout), running)
  t.equal(statSync(join(checkout, '.sandbox/running.json')).mode & 0o777, 0o600)
  removeRunning(checkout, process.pid + 1)
  t.same(readRunning(checkout), running, 'another process has no say')
  removeRunning(checkout)
  t.notOk(existsSync(join(checkout, '.sandbox/running.json')))
  removeRunning(checkout)
})

t.test('what a dead process left behind counts as nothing', async t => {
  const { pid } = spawnSync(process.execPath, ['-e', '0'])
  const checkout = t.testdir({})
  for (const dead of [pid, 0, -1]) {
    writeRunning(checkout, { ...running, pid: dead })
    t.equal(readRunning(checkout), undefined, `process ${dead}`)
  }
})

t.test('a process of another user lives', async t => {
  const checkout = t.testdir({})
  writeRunning(checkout, { ...running, pid: 1 })
  t.equal(readRunning(checkout)?.pid, 1)
})

t.test('a file that says something else counts as nothing', async t => {
  const checkout = t.testdir({})
  mkdirSync(join(checkout, '.sandbox'))
  for (const text of ['', 'null', '[]', '{"pid":1}', JSON.stringify({ ...running, api_url: 1 }), '{"pid":"1"}']) {
    writeFileSync(join(checkout, '.sandbox/running.json'), text)
    t.equal(readRunning(checkout), undefined, text)
  }
})
