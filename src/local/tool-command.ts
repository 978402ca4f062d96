import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join, relative } from 'node:path'
import { addTool, setDisabled } from '../directory/edit.ts'
import { isSignedBy } from '../pki/signed-by.ts'
import type { Clock } from '../platform/clock.ts'
import { type RunningSandbox, readRunning } from '../platform/running.ts'
import { accountsFileOf, editAccounts, readAccounts } from './accounts.ts'
import type { Sink } from './start.ts'
import { type LocalTool, ownUid, toolIn } from './tools.ts'

/** What `toolforge-sandbox tool` was told. */
export interface ToolOptions {
  readonly dir: string
}

/** The process around the command. */
export interface ToolWorld {
  /** Where the user is: paths are told from there. */
  readonly folder: string
  readonly clock: Clock
  readonly stdout: Sink
  readonly stderr: Sink & { readonly isTTY?: boolean }
}

/** What can be asked of the tools of a sandbox. Each resolves with the exit code, and has then said all there is to say. */
export interface ToolCommands {
  add(name: string): Promise<number>
  list(): Promise<number>
  disable(name: string, reason: string | undefined): Promise<number>
  enable(name: string): Promise<number>
}

/** Milliseconds: how long kubeusers is waited for, and from one look to the next. */
const patience = { limit: 15_000, step: 100 }

/** The certificate of a home that this sandbox has signed; undefined while there is none. */
function currentKeys({ home }: LocalTool, ca: string): { cert: string; key: string } | undefined {
  try {
    const read = (file: string) => readFileSync(join(home, '.toolskube', file), 'utf8')
    const [cert, key] = [read('client.crt'), read('client.key')]
    return isSignedBy(new X509Certificate(cert), new X509Certificate(ca)) ? { cert, key } : undefined
  } catch {
    return undefined
  }
}

/** What the jobs API says to the tool; undefined where it does not answer. */
function statusOf(url: string, options: { ca: string; cert: string; key: string }): Promise<number | undefined> {
  return new Promise(resolve => {
    const call = request(url, { ...options, agent: false, timeout: 2000 }, answer => {
      answer.resume().once('close', () => resolve(answer.statusCode))
    })
    call.once('error', () => resolve(undefined))
    call.once('timeout', () => call.destroy(new Error('it does not answer')))
    call.end()
  })
}

/** Whether the tool is served: its home has what it needs, and the jobs API lets it in. */
async function isServed(tool: LocalTool, { api_url, ca_file }: RunningSandbox): Promise<boolean> {
  const ca = readFileSync(ca_file, 'utf8')
  const keys = currentKeys(tool, ca)
  return keys !== undefined && (await statusOf(`${api_url}/jobs/v1/tool/${tool.name}/jobs/`, { ca, ...keys })) === 200
}

/** Whether the home has no certificate any more that serves for anything. */
const isShutOff = async (tool: LocalTool, { ca_file }: RunningSandbox): Promise<boolean> =>
  currentKeys(tool, readFileSync(ca_file, 'utf8')) === undefined

/** What to type as a tool. */
function nextSteps({ name, home, kubeconfig }: LocalTool, { folder }: ToolWorld): string {
  const path = (file: string) => relative(folder, file) || '.'
  const as = `KUBECONFIG=${path(kubeconfig)}`
  return `The tool ${name} is ready; its home is ${path(home)}. Type, in this folder:

  ${as} npx toolforge-jobs run hello --command 'echo "Hello from $TOOL_DATA_DIR"; date' --image bookworm --no-filelog --wait
  ${as} npx toolforge-jobs logs hello
`
}

export function createToolCommands({ dir }: ToolOptions, world: ToolWorld): ToolCommands {
  const { clock, stdout, stderr } = world
  const file = accountsFileOf(dir)

  function running(): RunningSandbox {
    const found = readRunning(dir)
    if (found !== undefined) return found
    throw new Error(`No sandbox runs in ${dir}: start one with \`npm start\`, or say which folder it has by --dir.`)
  }

  /** On a terminal only, in a line that is wiped at the end. */
  const show = (text: string): void => {
    if (stderr.isTTY) stderr.write(text)
  }

  async function waitUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const end = clock.now() + patience.limit
    show(what)
    try {
      while (!(await isSo())) {
        if (clock.now() > end)
          throw new Error(
            `${file} is changed, but kubeusers has not followed within ${patience.limit / 1000} s; a sandbox that is started with --verbose tells why.`,
          )
        await clock.sleep(patience.step)
        show('.')
      }
    } finally {
      show('\r\u001b[K')
    }
  }

  const untilServed = (name: string, sandbox: RunningSandbox): Promise<void> =>
    waitUntil(`kubeusers makes ${name} `, () => isServed(toolIn(dir, name), sandbox))

  /** Does it, or says what is in the way. */
  async function attempt(work: () => Promise<void>): Promise<number> {
    try {
      await work()
      return 0
    } catch (error) {
      if (!(error instanceof Error)) throw error
      stderr.write(`${error.message}\n`)
      return 1
    }
  }

  return {
    add: name =>
      attempt(async () => {
        const sandbox = running()
        await editAccounts(file, text => addTool(text, { name }), clock)
        await untilServed(name, sandbox)
        stdout.write(nextSteps(toolIn(dir, name), world))
      }),
    list: () =>
      attempt(async () => {
        const { tools, skipped } = readAccounts(file, ownUid())
        for (const { name, disabled } of tools)
          stdout.write(`${name}${disabled === undefined ? '' : `  shut off: ${disabled}`}\n`)
        for (const { name, reason } of skipped) stdout.write(`${name}  is no tool: ${reason}\n`)
      }),
    disable: (name, reason) =>
      attempt(async () => {
        const sandbox = running()
        await editAccounts(file, text => setDisabled(text, { name, disabled: reason ?? true }), clock)
        await waitUntil(`kubeusers shuts ${name} off `, () => isShutOff(toolIn(dir, name), sandbox))
        stdout.write(
          `The tool ${name} is shut off. Its home stays; \`toolforge-sandbox tool enable ${name}\` brings it back.\n`,
        )
      }),
    enable: name =>
      attempt(async () => {
        const sandbox = running()
        await editAccounts(file, text => setDisabled(text, { name, disabled: false }), clock)
        await untilServed(name, sandbox)
        stdout.write(nextSteps(toolIn(dir, name), world))
      }),
  }
}
