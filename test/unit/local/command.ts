import { CommanderError } from 'commander'
import t from 'tap'
import { type StartOptions, sandboxCommand } from '../../../src/local/command.ts'

async function parsed(...words: string[]): Promise<StartOptions> {
  let options: StartOptions | undefined
  const command = sandboxCommand('/checkout', async given => {
    options = given
  })
  for (const one of [command, ...command.commands]) one.exitOverride().configureOutput({ writeErr() {}, writeOut() {} })
  await command.parseAsync(words, { from: 'user' })
  if (options === undefined) throw new Error('start was not called')
  return options
}

const defaults = {
  dir: '/checkout/.sandbox',
  port: 30_001,
  controlPlanePort: 16_440,
  webPort: 30_080,
  tools: ['tf-test'],
  pods: 'processes',
  json: false,
  verbose: false,
}

t.test('without a word it starts the tool tf-test on the usual ports', async t => {
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
