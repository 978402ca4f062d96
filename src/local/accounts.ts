import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Skipped, ToolAccount } from '../directory/directory.ts'
import { addTool } from '../directory/edit.ts'
import { parseDirectoryText } from '../directory/file-text.ts'
import { listingOf } from '../directory/listing.ts'
import type { Clock } from '../platform/clock.ts'
import { messageOf } from '../platform/message-of.ts'
import { usualTool } from './tools.ts'

/** The file that says which tools a sandbox has. */
export const accountsFileOf = (dir: string): string => join(dir, 'accounts.yaml')

/** The tools of the file in its order, and the entries that are none. */
export interface Accounts {
  readonly tools: readonly ToolAccount[]
  readonly skipped: readonly Skipped[]
}

const beginning = `# The tools of this sandbox. kubeusers follows the file while the sandbox runs: write in it, or let
# \`npx toolforge-sandbox tool\` do so.
tools: []
`

/** Says of which file it is that `work` finds wrong. */
function ofFile<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error)}`, { cause: error })
  }
}

/** What the file of a sandbox says; `uid` is that of the tools for which it has none. @throws Error naming the line */
export function readAccounts(file: string, uid: number): Accounts {
  const { found } = ofFile(file, () => parseDirectoryText(readFileSync(file, 'utf8'), { uid }))
  const { tools, skipped } = listingOf(found, { minUid: 0, sharedUid: uid })
  const byName = new Map(tools.map(tool => [tool.name, tool]))
  return { tools: found.tools.flatMap(({ name }) => byName.get(name) ?? []), skipped }
}

/**
 * Makes the file where there is none, with the tool that everybody has; adds tools that are asked for and not in it.
 * @throws Error naming the file, and the line where one is wrong
 */
export async function prepareAccounts(
  file: string,
  { tools, clock }: { tools: readonly string[]; clock: Clock },
): Promise<void> {
  const isNew = !existsSync(file)
  if (isNew) mkdirSync(dirname(file), { recursive: true })
  const wanted = isNew && tools.length === 0 ? [usualTool] : tools
  const missing = (text: string): string[] => {
    const names = new Set(parseDirectoryText(text).found.tools.map(({ name }) => name))
    return [...new Set(wanted)].filter(name => !names.has(name))
  }
  if (!isNew && ofFile(file, () => missing(readFileSync(file, 'utf8'))).length === 0) return
  await editAccounts(file, text => missing(text).reduce((next, name) => addTool(next, { name }), text), clock)
}

/** How often it is tried to change a file that somebody else changes, and the milliseconds between. */
const patience = { step: 50, tries: 40 }

/**
 * Changes the file's text, whole or not at all; of several who do it at once each sees what the one before has written.
 * @throws Error naming the file, with what `edit` says, or when somebody else does not come to an end
 */
export async function editAccounts(file: string, edit: (text: string) => string, clock: Clock): Promise<void> {
  const next = `${file}.new`
  for (let tries = patience.tries; !takes(next); tries--) {
    if (tries === 0) throw new Error(`somebody else is changing ${file}; if nobody is, remove ${next}`)
    await clock.sleep(patience.step)
  }
  try {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : beginning
    writeFileSync(
      next,
      ofFile(file, () => edit(text)),
    )
    renameSync(next, file)
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}

/** Makes a file that must not be there. */
function takes(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx', 0o644))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
