import { join } from 'node:path'
import t from 'tap'
import { Type } from 'typebox'
import { ConfigError } from '../../../src/platform/config.ts'
import { type Program, runProgram } from '../../../src/platform/process.ts'

const schema = Type.Object({ port: Type.Integer({ minimum: 0, default: 1 }) }, { additionalProperties: false })

function rig(change: Partial<Program<typeof schema>> = {}) {
  const said = { out: '', err: '' }
  const seen: unknown[] = []
  const program: Program<typeof schema> = {
    name: 'thing',
    description: 'Does things',
    schema,
    create(config) {
      seen.push(config)
      return { start: () => Promise.reject(new Error('port is taken')), stop: () => Promise.resolve() }
    },
    logLevel: () => 'silent',
    stopLimit: () => 1000,
    ...change,
  }
  const output = {
    out: (text: string) => {
      said.out += text
    },
    err: (text: string) => {
      said.err += text
    },
  }
  return { said, seen, run: (...args: string[]) => runProgram(program, args, output) }
}

t.test('--help and --version say so and end well', async t => {
  const { said, seen, run } = rig()
  t.equal(await run('--help'), 0)
  t.match(said.out, /Usage: thing .*--config.*--check-config/s)
  t.equal(await run('--version'), 0)
  t.match(said.out, /\d+\.\d+\.\d+\n$/)
  t.same(seen, [])
})

t.test('an unknown option and a word too many are wrong arguments', async t => {
  const { said, run } = rig()
  t.equal(await run('--confg', 'x'), 2)
  t.match(said.err, /--confg/)
  t.equal(await run('start'), 2)
})

t.test('--check-config makes the service and starts nothing', async t => {
  const { said, seen, run } = rig()
  const file = join(t.testdir({ 'thing.yaml': 'port: 8443' }), 'thing.yaml')
  t.equal(await run('--config', file, '--check-config'), 0)
  t.equal(said.out, `${file} is right\n`)
  t.same(seen, [{ port: 8443 }])
})

t.test('a wrong configuration is told by setting', async t => {
  const { said, seen, run } = rig()
  const file = join(t.testdir({ 'thing.yaml': 'prt: 8443\nport: -1' }), 'thing.yaml')
  t.equal(await run('--config', file), 1)
  t.match(said.err, /thing.yaml.*prt: there is no such setting.*port:/s)
  t.same(seen, [])
  t.equal(await run('--config', `${file}.absent`), 1)
  t.match(said.err, /thing.yaml.absent/)
})

t.test('what only the service itself finds wrong is told as well', async t => {
  const { said, run } = rig({
    create() {
      throw new ConfigError(['peers: no address'])
    },
  })
  t.equal(await run('--check-config'), 1)
  t.equal(said.err, 'peers: no address\n')
})

t.test('a service that does not start ends the process with 1', async t => {
  t.equal(await rig().run(), 1)
})
