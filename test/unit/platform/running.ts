import { spawnSync } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readRunning, removeRunning, writeRunning } from '../../../src/platform/running.ts'

const running = { api_url: 'https://127.0.0.1:30001', ca_file: '/x/ca.crt', kubeconfig: '/x/config', pid: process.pid }

t.test('what a living process wrote is found, and taken back by it alone', async t => {
  const folder = t.testdir({})
  t.equal(readRunning(folder), undefined)
  writeRunning(folder, running)
  t.same(readRunning(folder), running)
  t.equal(statSync(join(folder, 'running.json')).mode & 0o777, 0o600)
  removeRunning(folder, process.pid + 1)
  t.same(readRunning(folder), running, 'another process has no say')
  removeRunning(folder)
  t.notOk(existsSync(join(folder, 'running.json')))
  removeRunning(folder)
})

t.test('what a dead process left behind counts as nothing', async t => {
  const { pid } = spawnSync(process.execPath, ['-e', '0'])
  const folder = t.testdir({})
  for (const dead of [pid, 0, -1]) {
    writeRunning(folder, { ...running, pid: dead })
    t.equal(readRunning(folder), undefined, `process ${dead}`)
  }
})

t.test('a process of another user lives', async t => {
  const folder = t.testdir({})
  writeRunning(folder, { ...running, pid: 1 })
  t.equal(readRunning(folder)?.pid, 1)
})

t.test('a file that says something else counts as nothing', async t => {
  const folder = t.testdir({})
  for (const text of ['', 'null', '[]', '{"pid":1}', JSON.stringify({ ...running, api_url: 1 }), '{"pid":"1"}']) {
    writeFileSync(join(folder, 'running.json'), text)
    t.equal(readRunning(folder), undefined, text)
  }
})
