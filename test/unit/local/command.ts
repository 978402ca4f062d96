import { CommanderError } from 'commander'
import t from 'tap'
import { type StartOptions, sandboxCommand } from '../../../src/local/command.ts'

/** What the actions were called with. */
async function run(words: readonly string[]): Promise<{ start: StartOptions[]; tools: unknown[][] }> {
  const called: { start: StartOptions[]; tools: unknown[][] } = { start: [], tools: [] }
  const command = sandboxCommand('/checkout', {
    start: async given => void called.start.push(given),
    async tools({ dir }, use) {
      const note =
        (name: string) =>
        async (...given: unknown[]) => {
          called.tools.push([dir, name, ...given])
          return 0
        }
      await use({ add: note('add'), list: note('list'), disable: note('disable'), enable: note('enable') })
    },
  })
  const all = [command, ...command.commands, ...command.commands.flatMap(({ commands }) => commands)]
  for (const one of all) one.exitOverride().configureOutput({ writeErr() {}, writeOut() {} })
  await command.parseAsync(words, { from: 'user' })
  return called
}

async function parsed(...words: string[]): Promise<StartOptions> {
  const [options] = (await run(words)).start
  if (options === undefined) throw new Error('start was not called')
  return options
}

const defaults = {
  dir: '/checkout/.sandbox',
  port: 30_001,
  controlPlanePort: 16_440,
  webPort: 30_080,
  tools: [],
  pods: 'processes',
  json: false,
  verbose: false,
}

t.test('without a word it starts on the usual ports, with the tools that there are', async t => {
  t.same(await parsed(), defaults)
  t.same(await parsed('start'), defaults)
})

t.test('what is said goes over the defaults', async t => {
  const words = ['start', '--dir', '/elsewhere', '--port', '0', '--tools', 'one', 'two', '--pods', 'none', '--json']
  t.match(await parsed(...words), { dir: '/elsewhere', port: 0, tools: ['one', 'two'], pods: 'none', json: true })
})

t.test('what cannot be is refused', async t => {
  for (const words of [
    ['--port', '70000'],
    ['--port', 'x'],
    ['--tools', 'Not-A-Tool'],
    ['--tools', '../x'],
    ['--pods', 'some'],
    ['--what'],
  ]) {
    await t.rejects(parsed('start', ...words), CommanderError, words.join(' '))
  }
})

t.test('what is done to tools is told with the folder of the sandbox', async t => {
  const toolsOf = async (...words: string[]) => (await run(['tool', ...words])).tools
  t.same(await toolsOf('add', 'x'), [['/checkout/.sandbox', 'add', 'x']])
  t.same(await toolsOf('add', 'x', '--dir', '/elsewhere'), [['/elsewhere', 'add', 'x']])
  t.same(await toolsOf('list'), [['/checkout/.sandbox', 'list']])
  t.same(await toolsOf('disable', 'x', '--reason', 'why'), [['/checkout/.sandbox', 'disable', 'x', 'why']])
  t.same(await toolsOf('disable', 'x'), [['/checkout/.sandbox', 'disable', 'x', undefined]])
  t.same(await toolsOf('enable', 'x'), [['/checkout/.sandbox', 'enable', 'x']])
  await t.rejects(run(['tool', 'add']), CommanderError)
  await t.rejects(run(['tool', 'add', 'x', 'y']), CommanderError)
  await t.rejects(run(['tool']), CommanderError)
})
