import t from 'tap'
import { ldapConfig } from '../../../src/directory/config.ts'
import { createLook } from '../../../src/directory/ldap-look.ts'
import { createLdapPlan } from '../../../src/directory/ldap-plan.ts'
import { createLdapServers } from '../../../src/directory/ldap-servers.ts'
import { parseConfig } from '../../../src/platform/config.ts'
import { createLog } from '../../../src/platform/log.ts'
import { freePort } from '../../support/front-door.ts'
import { createTestClock } from '../../support/test-clock.ts'

t.test('while no server can be reached there is no news, looks become rarer, and that is told once', async t => {
  const servers = [`ldap://127.0.0.1:${await freePort()}`]
  const config = parseConfig(ldapConfig, JSON.stringify({ servers, tls: 'none', poll_s: 2 }))
  const written: string[] = []
  const log = createLog({ level: 'warn', service: 'test' }, { write: line => void written.push(line) })
  const deps = { servers: createLdapServers(config, log), clock: createTestClock(), log }
  const ending = new AbortController()
  const look = createLook({ ...deps, searches: { config, plan: createLdapPlan(config) } }, ending.signal)
  const rests = [look.rest()]
  for (let failures = 1; failures <= 8; failures++) {
    t.equal(await look.news(), false)
    rests.push(look.rest())
  }
  t.strictSame(rests.slice(0, 2), [2000, 2000], 'one failure may be a server that was started again')
  t.ok(rests.every(rest => rest >= 1000 && rest <= 30_000))
  t.ok((rests.at(-1) ?? 0) >= 15_000)
  t.equal(written.filter(line => line.includes('not seen at present')).length, 1)
  ending.abort()
  t.equal(await look.news(), false)
  look.end()
  t.equal(written.filter(line => line.includes('not seen at present')).length, 1)
})
