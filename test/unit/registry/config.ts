import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseConfig } from '../../../src/platform/config.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { readRegistryPlace, registryConfig } from '../../../src/registry/config.ts'
import { createRegistry } from '../../../src/registry/registry.ts'
import { createTestClock } from '../../support/test-clock.ts'

const parse = (settings: Record<string, unknown>) => parseConfig(registryConfig, JSON.stringify(settings))
const deps = { clock: createTestClock(), log: quietLog }

t.test('a registry is reached over https, or over http on this machine', async t => {
  for (const url of [
    'https://r.example',
    'https://r.example:8443',
    'http://127.0.0.1:5000',
    'http://localhost',
    'http://[::1]:5000',
  ])
    t.equal(parse({ url }).url, url)
  const wrong = [
    'http://r.example',
    'http://localhost.r.example',
    'http://127.0.0.1.r.example',
    'http://127.0.0.1@r.example',
    'https://u:p@r.example',
    'https://r.example/',
    'https://r.example/harbor',
    'https://r.example?x',
    'ftp://r.example',
    'r.example',
    '',
  ]
  for (const url of wrong) t.throws(() => parse({ url }), /url/, url)
})

t.test('its place is an origin, and a host as images name it', async t => {
  const config = parse({})
  t.match(readRegistryPlace('https://R.example:443', config), { url: 'https://r.example', host: 'r.example' })
  t.match(readRegistryPlace('http://127.0.0.1:5000', config), { url: 'http://127.0.0.1:5000', host: '127.0.0.1:5000' })
  t.match(readRegistryPlace('https://r.example', config), { ca: undefined, authorization: undefined, timeout_ms: 5000 })
})

t.test('login and CA come from files', async t => {
  const folder = t.testdir({ ca: 'PEM', password: 'a:b ü\n' })
  const config = parse({ username: 'u', password_file: join(folder, 'password'), ca_file: join(folder, 'ca') })
  const { ca, authorization = '' } = readRegistryPlace('https://r.example', config)
  t.equal(ca, 'PEM')
  t.equal(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString(), 'u:a:b ü')
  writeFileSync(join(folder, 'password'), 'no newline ')
  const again = readRegistryPlace('https://r.example', config).authorization ?? ''
  t.equal(Buffer.from(again.replace('Basic ', ''), 'base64').toString(), 'u:no newline ')
  t.throws(() => readRegistryPlace('https://r.example', parse({ username: 'u' })), /both, or neither/)
  t.throws(() => readRegistryPlace('https://r.example', parse({ password_file: '/x' })), /both, or neither/)
  t.throws(() => readRegistryPlace('https://r.example', parse({ ca_file: join(folder, 'none') })), /ENOENT/)
  t.throws(() => parse({ username: 'a:b' }), /username/)
})

t.test("names of repositories must be names, whatever the tool's", async t => {
  for (const name of ['../tool-y', 'a//b', '{tool', '/a', 'a/', '-a'])
    t.throws(
      () => createRegistry(parse({ url: 'https://r.example', repositories: [name] }), deps),
      /repositories/,
      name,
    )
  const registry = createRegistry(
    parse({ url: 'https://r.example', repositories: ['tool-{tool}', 'a/b', '{tool}'] }),
    deps,
  )
  await registry.close()
})

t.test('without an address there is no build service, and no image of it', async t => {
  const registry = createRegistry(parse({}), deps)
  const { signal } = new AbortController()
  t.strictSame(await registry.imagesOf('x', signal), [])
  t.equal(await registry.resolve('tool-x/tool-x', signal), undefined)
  await registry.close()
})
