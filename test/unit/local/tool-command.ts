import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createToolCommands } from '../../../src/local/tool-command.ts'
import { type LocalTool, toolIn } from '../../../src/local/tools.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { keysOf, type LocalProcess, startLocal } from '../../support/local.ts'
import { createRawClient } from '../../support/raw-client.ts'

/** A client of the jobs API with the certificate that the home holds now. */
function clientOf(t: Test, { api_url, ca }: LocalProcess, tool: LocalTool) {
  const client = createRawClient({ url: api_url, ca }, keysOf(tool))
  t.teardown(client.close)
  return () => client.call('GET', `/jobs/v1/tool/${tool.name}/jobs/`)
}

/** `toolforge-sandbox tool` in this process. */
async function toolCommand(
  dir: string,
  use: (tools: ReturnType<typeof createToolCommands>) => Promise<number>,
): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' }
  const stdout = { write: (text: string) => (said.out += text) }
  const stderr = { write: (text: string) => (said.err += text) }
  const code = await use(createToolCommands({ dir }, { folder: dir, clock: systemClock, stdout, stderr }))
  return { code, ...said }
}

t.test('tools come and go while it runs', async t => {
  const local = await startLocal(['--pods', 'none', '--tools', 'one', 'two'])
  t.teardown(local.stop)
  const { folder, tools, accounts_file } = local
  t.same(
    tools.map(({ name }) => name),
    ['one', 'two'],
  )
  for (const tool of tools) t.equal((await clientOf(t, local, tool)()).status, 200, tool.name)

  const added = await toolCommand(folder, ({ add }) => add('three'))
  t.match(added, { code: 0, err: '', out: 'KUBECONFIG=project/three/.kube/config npx toolforge-jobs run' })
  const three = toolIn(folder, 'three')
  const list = clientOf(t, local, three)
  t.equal((await list()).status, 200)
  t.equal(new X509Certificate(keysOf(three).certificate).subject, 'O=toolforge\nCN=three')

  t.match(await toolCommand(folder, ({ disable }) => disable('three', 'a test')), { code: 0, err: '' })
  t.match(await list(), { status: 403, body: { error: [/it is disabled: a test/] } }, 'the open connection, too')
  t.match(await toolCommand(folder, ({ list }) => list()), { out: 'one\ntwo\nthree  shut off: a test\n' })
  t.match(await toolCommand(folder, ({ enable }) => enable('three')), { code: 0, err: '' })
  t.equal((await clientOf(t, local, three)()).status, 200)

  t.match(await toolCommand(folder, ({ add }) => add('three')), { code: 1, err: 'there is a tool "three" already' })
  t.match(await toolCommand(folder, ({ add }) => add('No Tool')), { code: 1, err: /cannot be the name of a tool/ })
  t.match(await toolCommand(folder, ({ disable }) => disable('four', undefined)), { code: 1, err: /no tool "four"/ })
  writeFileSync(accounts_file, readFileSync(accounts_file, 'utf8').replace('tools:', 'tols:'))
  t.match(await toolCommand(folder, ({ list }) => list()), { code: 1, err: /accounts\.yaml: line / })
})

t.test('without a sandbox nothing is added', async t => {
  const dir = t.testdir({ 'accounts.yaml': 'tools: []\n' })
  t.match(await toolCommand(dir, ({ add }) => add('x')), { code: 1, err: /No sandbox runs in .*npm start/ })
  t.equal(readFileSync(join(dir, 'accounts.yaml'), 'utf8'), 'tools: []\n')
})
