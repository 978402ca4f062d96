import t from 'tap'
import { ConfigError, parseConfig } from '../../../src/platform/config.ts'
import { isLoopback, sandboxConfig } from '../../../src/sandbox/config.ts'

const least = 'client_ca: a\ncertificate: b\nkey: c\ndata_dir: d\n'

t.test('little must be said', async t => {
  t.match(parseConfig(sandboxConfig, least), {
    host: '127.0.0.1',
    port: 16440,
    pods: 'processes',
    images: [],
    watch_history: 1000,
  })
  t.notOk('control_socket' in parseConfig(sandboxConfig, least), 'nobody controls it unless that is asked for')
  t.equal(parseConfig(sandboxConfig, `${least}control_socket: /run/c.sock`).control_socket, '/run/c.sock')
  t.throws(() => parseConfig(sandboxConfig, 'port: 0'), ConfigError)
  t.throws(() => parseConfig(sandboxConfig, `${least}foo: 1`), ConfigError)
})

t.test('only addresses of this machine are served', async t => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) t.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '1127.0.0.1', 'localhost.example', '127.0.0.1.example', '']) {
    t.notOk(isLoopback(host), host)
    t.throws(() => parseConfig(sandboxConfig, `${least}host: "${host}"`), ConfigError, host)
  }
})
