import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { directoryConfig } from '../../../src/directory/config.ts'
import { createDirectory } from '../../../src/directory/open.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { parseConfig } from '../../../src/platform/config.ts'
import { quietLog } from '../../../src/platform/log.ts'
import type { DirectoryTarget, WantedAccounts } from './target.ts'

/** A YAML file that others are put in the place of. */
export async function fileTarget(t: Test): Promise<DirectoryTarget> {
  const folder = t.testdir({})
  const path = join(folder, 'accounts.yaml')
  const put = (text: string): void => {
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
  }
  let accounts: WantedAccounts = { tools: [] }
  const set = async (wanted: WantedAccounts): Promise<void> => {
    accounts = wanted
    put(stringify(wanted))
  }
  await set(accounts)
  return {
    name: 'file',
    open: () =>
      createDirectory(parseConfig(directoryConfig, stringify({ kind: 'file', file: { path } })), {
        clock: systemClock,
        log: quietLog,
      }),
    set,
    break: async () => put(''),
    mend: () => set(accounts),
  }
}
