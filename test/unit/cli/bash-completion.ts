import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { runCli } from '../../support/cli.ts'

const run = promisify(execFile)

t.test('bash completes commands, options, their values, and names that the service knows', async t => {
  const home = t.testdir({ 'jobs.yaml': '' })
  const { out, code } = await runCli(['completion', 'bash'], { home })
  t.equal(code, 0)
  // Stands for the program; one name would be run by a shell that believes what it is told.
  const program = join(home, 'toolforge-jobs')
  const says = `case $1 in list) printf '%s\\n' backup 'bot.two' '$(touch ${home}/owned)' '\`touch ${home}/owned\`' ;; images) printf 'Short name  Image\\nbookworm    x\\n' ;; esac`
  writeFileSync(program, `#!/bin/sh\n${says}\n`, { mode: 0o755 })
  writeFileSync(join(home, 'script'), out)
  const complete = async (words: string[]) => {
    const all = [program, ...words]
    const quoted = all.map(word => `'${word}'`).join(' ')
    const text = `. ${home}/script; cd ${home}; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _toolforge_jobs; printf '%s\\n' "\${COMPREPLY[@]}"`
    return (await run('bash', ['--norc', '-c', text])).stdout.trim().split('\n').filter(Boolean)
  }
  t.same(await complete(['re']), ['restart'])
  t.same(await complete(['--deb']), ['--debug'])
  t.same(await complete(['--debug', 'whi']), [])
  t.same(await complete(['run', 'x', '--em']), ['--emails'])
  t.same(await complete(['run', 'x', '--emails', 'on']), ['onfinish', 'onfailure'])
  t.same(await complete(['list', '-o', 'n']), ['normal', 'name'])
  t.same(await complete(['run', 'x', '--image', '']), ['bookworm'])
  t.same(await complete(['show', 'b']), ['backup', 'bot.two'])
  t.same(await complete(['why', '']), ['backup', 'bot.two'])
  t.same(await complete(['load', 'jo']), ['jobs.yaml'])
  t.same(await complete(['completion', '']), ['bash'])
  t.notOk(existsSync(join(home, 'owned')), 'no name is run')
})
