import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { version } from '../../../src/platform/version.ts'
import { type Said, startCliService } from '../../support/cli.ts'

const program = join(import.meta.dirname, '../../../src/bin/toolforge-jobs.js')
const line = (message: string) => `${JSON.stringify({ datetime: '', pod: 'p', container: 'job', message })}\n`

/** The program itself, in a process of its own. */
const launch = (t: Test, home: string, words: readonly string[]) => {
  const child = spawn(process.execPath, [program, ...words], {
    env: { HOME: home, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const err = child.stderr.toArray()
  const ended = once(child, 'exit').then(async ([code, signal]) => ({ code, signal, err: (await err).join('') }))
  return { child, ended }
}

const start = (t: Test, said: Said) => startCliService(t, () => said)

t.test('the program runs, and keeps what it compiled in the own cache of its user', async t => {
  const { home } = await start(t, {})
  const { child, ended } = launch(t, home, ['--version'])
  t.equal((await child.stdout.toArray()).join(''), `${version}\n`)
  t.same(await ended, { code: 0, signal: null, err: '' })
  t.not(readdirSync(join(home, '.cache/toolforge-jobs')).length, 0)
})

t.test('a home that is not there is neither made nor waited for', async t => {
  const { child, ended } = launch(t, '/proc/none', ['--version'])
  child.stdout.resume()
  t.match(await ended, { code: 0, err: '' })
  t.notOk(existsSync('/proc/none'))
})

t.test('who reads no further ends it without fuss, of a log that is followed and of one that is not', async t => {
  const texts = Array.from({ length: 5000 }, (_, index) => `${index} ${'x'.repeat(200)}`)
  const { home } = await startCliService(t, ({ path }) => {
    if (path.includes('logs_stream')) return { pieces: texts.map(line), open: true }
    return { json: { data: { logs: texts.map(message => ({ datetime: '', pod: 'p', container: 'job', message })) } } }
  })
  for (const words of [
    ['logs', '-f', 'one'],
    ['logs', 'one'],
  ]) {
    const { child, ended } = launch(t, home, words)
    await once(child.stdout, 'data')
    child.stdout.destroy()
    t.same(await ended, { code: 0, signal: null, err: '' }, words.join(' '))
  }
})

t.test('Ctrl-C ends the following of a log with 0, and other commands with 130', async t => {
  const { home } = await start(t, { pieces: [line('a')], open: true })
  const following = launch(t, home, ['logs', '-f', 'one'])
  await once(following.child.stdout, 'data')
  following.child.kill('SIGINT')
  t.same(await following.ended, { code: 0, signal: null, err: '' })

  const silent = await startCliService(t, () => {
    listing.child.kill('SIGINT')
    return { silent: true }
  })
  const listing = launch(t, silent.home, ['list'])
  t.same(await listing.ended, { code: 130, signal: null, err: '' })
})
