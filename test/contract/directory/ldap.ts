import type { Test } from 'tap'
import { directoryConfig } from '../../../src/directory/config.ts'
import type { Directory } from '../../../src/directory/directory.ts'
import { createDirectory } from '../../../src/directory/open.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { parseConfig } from '../../../src/platform/config.ts'
import { type Logger, quietLog } from '../../../src/platform/log.ts'
import { havePrograms } from '../../support/programs.ts'
import {
  adminGroup,
  peopleBase,
  personEntry,
  reader,
  type Slapd,
  startSlapd,
  toolEntry,
  toolsBase,
} from '../../support/slapd.ts'
import type { DirectoryTarget, WantedAccount, WantedAccounts } from './target.ts'

/** A directory in LDAP, with Toolforge's settings where nothing else is said. */
export function openLdap(settings: Record<string, unknown>, log: Logger = quietLog): Directory {
  const config = parseConfig(directoryConfig, JSON.stringify({ kind: 'ldap', ldap: { poll_s: 1, ...settings } }))
  return createDirectory(config, { clock: systemClock, log })
}

/** How to reach a server: over TLS, logged in. */
export const loggedIn = ({ tlsPort, caFile, passwordFile }: Slapd) => ({
  servers: [`ldaps://localhost:${tlsPort}`],
  ca_file: caFile,
  bind_dn: reader.dn,
  password_file: passwordFile,
})

type Entry = Record<string, string | string[]>

/** The entries of accounts by their names; several accounts may have one name, but no entries. */
function entriesOf({ tools, administrators = [] }: WantedAccounts): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  const put = (entry: Entry, base: string, { disabled = false }: WantedAccount) => {
    const names = [entry['uid'], `${entry['uid']}-again`]
    const uid = names.find(name => !entries.has(`uid=${name},${base}`)) ?? ''
    const locked: Entry = disabled ? { pwdAccountLockedTime: '000001010000Z' } : {}
    entries.set(`uid=${uid},${base}`, { ...entry, uid: String(uid), ...locked })
  }
  for (const tool of tools) put(toolEntry(tool.name, tool.uid), toolsBase, tool)
  for (const person of administrators) put(personEntry(person.name, person.uid), peopleBase, person)
  return entries
}

/** A real slapd. */
export async function ldapTarget(t: Test): Promise<DirectoryTarget | undefined> {
  if (!havePrograms(t, 'slapd')) return undefined
  const slapd = await startSlapd(t)
  let entries = new Map<string, Entry>()

  const change = async (dn: string, before: Entry, entry: Entry): Promise<void> => {
    for (const name of new Set([...Object.keys(before), ...Object.keys(entry)]))
      if (String(before[name]) !== String(entry[name])) await slapd.replace(dn, name, [entry[name] ?? []].flat())
  }
  const set = async (accounts: WantedAccounts): Promise<void> => {
    const wanted = entriesOf(accounts)
    for (const dn of entries.keys()) if (!wanted.has(dn)) await slapd.remove(dn)
    for (const [dn, entry] of wanted) {
      const before = entries.get(dn)
      if (before === undefined) await slapd.add(dn, entry)
      else await change(dn, before, entry)
    }
    entries = wanted
    const people = [...wanted.keys()].filter(dn => dn.endsWith(`,${peopleBase}`))
    // A group of this class has one member at least.
    await slapd.replace(adminGroup, 'member', people.length > 0 ? people : [`cn=none,${peopleBase}`])
  }
  await set({ tools: [] })
  return {
    name: 'LDAP',
    open: () => openLdap(loggedIn(slapd)),
    set,
    break: slapd.stop,
    mend: slapd.start,
  }
}
