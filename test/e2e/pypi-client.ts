import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startHaproxy } from '../support/haproxy.ts'
import { startNginxPassthrough } from '../support/nginx.ts'
import { embedded, type Platform, real } from '../support/platforms.ts'
import { havePrograms } from '../support/programs.ts'
import { type PypiClient, pypiClient } from '../support/pypi-client.ts'

/** What a user of today does in a day, with the client of PyPI as it is. */
async function journey(t: Test, client: PypiClient, platform: Platform): Promise<void> {
  const [tool] = platform.tools
  const succeeds = async (words: string[], expected: RegExp = /^/) => {
    const { code, stdout, stderr } = await client.run(words)
    t.equal(code, 0, `${words.join(' ')}: ${stderr}`)
    t.match(stdout, expected, words.join(' '))
    return stdout
  }
  const image = ['--image', 'bookworm', '--no-filelog']

  await succeeds(['images'], /bookworm/)
  await succeeds(['quota'], /Running jobs[\s\S]*Per-job limits/)
  const command = 'echo "from ${HOME##*/}"; id -u > written.txt'
  await succeeds(['run', 'hello', '--command', command, ...image, '--wait'])
  t.equal(readFileSync(join(tool.home, 'written.txt'), 'utf8').trim(), String(platform.uid), 'the job ran as the tool')
  t.equal(statSync(join(tool.home, 'written.txt')).uid, platform.uid, 'and its file is the tool’s')

  await succeeds(['list'], /hello\s*\|?\s*one-off\s*\|?\s*Succeeded/i)
  await succeeds(['list', '-o', 'long'], /from \$\{HOME##\*\/\}/)
  t.equal((await succeeds(['list', '-o', 'name'])).trim(), 'hello')
  await succeeds(['show', 'hello'], /Job name:?\s*\|?\s*hello/)
  await succeeds(['logs', 'hello'], new RegExp(`\\[job\\] from ${tool.name}`))

  const ticks = 'for i in 1 2 3; do echo "tick $i"; sleep 0.5; done'
  await succeeds(['run', 'ticks', '--command', ticks, ...image])
  await succeeds(['logs', '-f', 'ticks'], /tick 1[\s\S]*tick 2[\s\S]*tick 3/)

  const failed = await client.run(['run', 'fails', '--command', 'exit 3', ...image, '--wait'])
  t.equal(failed.code, 1, 'a job that fails is said to fail')

  await succeeds(['delete', 'ticks'])
  t.same((await succeeds(['list', '-o', 'name'])).trim().split('\n').sort(), ['fails', 'hello'])
  await succeeds(['flush'])
  t.equal((await succeeds(['list'])).trim(), '')
  const gone = await client.run(['show', 'hello'])
  t.equal(gone.code, 1)
  t.match(gone.stderr, /hello.*does not exist/)
}

const targets = { embedded, 'real cluster': real }
const doors = { haproxy: startHaproxy, nginx: startNginxPassthrough }

for (const [target, start] of Object.entries(targets)) {
  for (const [door, open] of Object.entries(doors)) {
    t.test(`the client from PyPI works through ${door} on the ${target} platform`, async t => {
      if (!havePrograms(t, door)) return
      const platform = await start(t)
      if (platform === undefined) return
      const { port } = await open(t, { backends: [platform.proxyPort] })
      const home = mkdtempSync(join(tmpdir(), 'pypi-'))
      t.teardown(() => rmSync(home, { recursive: true, force: true }))
      const { kubeconfig } = platform.tools[0]
      const client = pypiClient(t, { home, kubeconfig, url: `https://127.0.0.1:${port}`, caFile: platform.caFile })
      if (client !== undefined) await journey(t, client, platform)
    })
  }
}
