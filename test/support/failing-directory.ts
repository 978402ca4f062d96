import type { Test } from 'tap'
import { directoryConfig } from '../../src/directory/config.ts'
import type { Listing } from '../../src/directory/directory.ts'
import { createLdapDirectory } from '../../src/directory/ldap.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { parseConfig } from '../../src/platform/config.ts'
import { quietLog } from '../../src/platform/log.ts'
import { type RelayRules, startRelay } from './ldap-relay.ts'
import { startSlapd, toolEntry, toolsBase } from './slapd.ts'
import { toolUid } from './tool-home.ts'

/** What the directory has of a tool: `unclear` is an entry that cannot be a tool. */
export interface ToolEntry {
  readonly uid: number
  readonly is: 'well' | 'disabled' | 'unclear'
}

/** Accounts in a real LDAP server, one on a page, behind a relay that can fail. */
export interface FailingDirectory {
  /** The tools that there are from now on. */
  hold(tools: ReadonlyMap<string, ToolEntry>): Promise<void>
  /** @throws DirectoryError, at the latest when a page takes longer than so many milliseconds */
  read(patience: number): Promise<Listing>
  /** What becomes of the answers to those who connect from now on; nothing said: all is well. */
  fail(rules?: RelayRules): void
}

/** The uid of files without an owner. */
const nobody = 65_534

const dnOf = (name: string): string => `uid=tools.${name},${toolsBase}`

export async function failingDirectory(t: Test): Promise<FailingDirectory> {
  const slapd = await startSlapd(t, { tls: false })
  const relayed: RelayRules = {}
  const port = await startRelay(t, slapd.port, relayed)
  const { ldap } = parseConfig(directoryConfig, '', {
    DIRECTORY_LDAP_SERVERS: `["ldap://127.0.0.1:${port}"]`,
    DIRECTORY_LDAP_TLS: 'none',
    DIRECTORY_LDAP_PAGE: '1',
  })
  // A tester who is not root has but one uid for all homes.
  const rules = { minUid: 0, sharedUid: toolUid() }
  const held = new Map<string, ToolEntry>()

  async function put(name: string, { uid, is }: ToolEntry): Promise<void> {
    if (held.has(name)) await slapd.remove(dnOf(name))
    await slapd.add(dnOf(name), toolEntry(name, is === 'unclear' ? nobody : uid))
    if (is === 'disabled') await slapd.replace(dnOf(name), 'pwdAccountLockedTime', ['000001010000Z'])
  }

  return {
    async hold(tools) {
      for (const name of held.keys()) if (!tools.has(name)) await slapd.remove(dnOf(name))
      for (const [name, entry] of tools) if (held.get(name)?.is !== entry.is) await put(name, entry)
      held.clear()
      for (const [name, entry] of tools) held.set(name, entry)
    },
    async read(patience) {
      const config = { ldap: { ...ldap, search_ms: patience }, rules }
      const directory = createLdapDirectory(config, { clock: systemClock, log: quietLog })
      return directory.read({ signal: new AbortController().signal }).finally(() => directory.close())
    },
    fail: ({ passes = Number.POSITIVE_INFINITY, rest = 'cut' } = {}) => void Object.assign(relayed, { passes, rest }),
  }
}
