import { join } from 'node:path'
import t from 'tap'
import { Type } from 'typebox'
import { ConfigError, loadConfig, parseConfig, Section } from '../../../src/platform/config.ts'

const schema = Section(
  {
    listen: Section(
      {
        port: Type.Integer({ default: 8443, minimum: 0, maximum: 65535, env: 'T_PORT' }),
        host: Type.String({ default: '::', env: 'T_HOST' }),
      },
      'where',
    ),
    trusted: Type.Array(Type.String(), { default: [], env: 'T_TRUSTED' }),
    ca: Type.String({ env: 'T_CA' }),
  },
  'all',
)

const problemsOf = (work: () => unknown): string => {
  try {
    work()
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

t.test('what is not given takes its default', async t => {
  t.same(parseConfig(schema, 'ca: /ca.crt'), { listen: { port: 8443, host: '::' }, trusted: [], ca: '/ca.crt' })
})

t.test('the environment goes over the file, each variable read as its setting is', async t => {
  const environment = { T_PORT: '0', T_HOST: '127.0.0.1', T_TRUSTED: '[10.0.0.0/8]', T_CA: '0123' }
  t.same(parseConfig(schema, 'listen: {port: 9}\nca: x', environment), {
    listen: { port: 0, host: '127.0.0.1' },
    trusted: ['10.0.0.0/8'],
    ca: '0123',
  })
})

t.test('every unknown, missing or wrong setting is named at once', async t => {
  const problems = problemsOf(() => parseConfig(schema, 'listen: {port: 70000, prot: 1}\nother: 1'))
  t.match(problems, 'listen.prot: there is no such setting')
  t.match(problems, 'other: there is no such setting')
  t.match(problems, 'ca: must be set')
  t.match(problems, /listen\.port: .*65535/)
})

t.test('of one of several values all are named', async t => {
  const level = Type.Object({ level: Type.Enum(['low', 'high']) })
  t.equal(
    problemsOf(() => parseConfig(level, 'level: middling')),
    'level: must be one of low, high',
  )
})

t.test('a file that is not a mapping, or not YAML, is refused', async t => {
  t.match(
    problemsOf(() => parseConfig(schema, '- a\n- b')),
    'settings by name',
  )
  t.match(
    problemsOf(() => parseConfig(schema, 'a: [')),
    /./,
  )
})

t.test('a file that is wrong is named', async t => {
  const folder = t.testdir({ 'service.yaml': 'port: 1' })
  const file = join(folder, 'service.yaml')
  t.match(
    problemsOf(() => loadConfig(schema, file, {})),
    `${file} is not right`,
  )
})
