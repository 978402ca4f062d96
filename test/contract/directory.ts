import t, { type Test } from 'tap'
import { changes } from './directory/changes.ts'
import { fileTarget } from './directory/file.ts'
import { ldapTarget } from './directory/ldap.ts'
import { ldapConnections } from './directory/ldap-connections.ts'
import { ldapEntries } from './directory/ldap-entries.ts'
import { reading } from './directory/reading.ts'
import type { DirectorySuite, DirectoryTarget } from './directory/target.ts'

/*
 * What we rely on from a directory, run against a file and against a real LDAP server, so that tests with the file may be
 * trusted. What only LDAP has comes after.
 */
const suites: Record<string, DirectorySuite> = { reading, changes }
const targets: Record<string, (t: Test) => Promise<DirectoryTarget | undefined>> = {
  file: fileTarget,
  LDAP: ldapTarget,
}

t.setTimeout(120_000)

for (const [name, start] of Object.entries(targets))
  await t.test(name, async t => {
    const target = await start(t)
    if (target === undefined) return
    for (const [suite, run] of Object.entries(suites)) await t.test(suite, t => run(t, target))
  })

await t.test('LDAP alone: connections', ldapConnections)
await t.test('LDAP alone: entries', ldapEntries)
