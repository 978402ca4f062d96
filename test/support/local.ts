import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { LocalAddresses } from '../../src/local/platform.ts'
import type { LocalTool } from '../../src/local/tools.ts'
import { type ControlClient, createControlClient } from '../../src/sandbox/control/client.ts'

const bin = join(import.meta.dirname, '../../src/bin/toolforge-sandbox.js')

/** The whole platform in a process of its own, as a user starts it, on free ports and in a folder of its own. */
export interface LocalProcess extends LocalAddresses {
  /** The first of its tools. */
  tool: LocalTool
  /** PEM: of the CA, and of the server's certificate and key. */
  ca: string
  serverCertificate: string
  serverKey: string
  /** Steers the clock of the platform and asks its cluster for faults. */
  control: ControlClient
  /** The folder with homes, logs and certificates. */
  folder: string
  child: ChildProcess
  /** As Ctrl-C does; resolves with the exit code when the process has ended, and removes the folder. */
  stop(): Promise<number | null>
}

/** The certificate and key of a tool, PEM. */
export const keysOf = ({ home }: LocalTool) => ({
  certificate: readFileSync(join(home, '.toolskube/client.crt'), 'utf8'),
  key: readFileSync(join(home, '.toolskube/client.key'), 'utf8'),
})

/** The first line that a process says; rejects with its complaints when it ends before. */
export async function firstLine(child: ChildProcess, isIt: (line: string) => boolean = () => true): Promise<string> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('its output is not a pipe')
  let complaints = ''
  stderr.on('data', chunk => {
    complaints += chunk
  })
  for await (const line of createInterface({ input: stdout })) {
    if (isIt(line)) {
      stdout.resume()
      return line
    }
    complaints += `${line}\n`
  }
  throw new Error(`it ended too early: ${complaints}`)
}

/** Starts it, and resolves when it says that it is ready. */
export async function startLocal(args: readonly string[] = []): Promise<LocalProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'toolforge-local-'))
  const fixed = ['start', '--json', '--dir', folder, '--port', '0', '--control-plane-port', '0', '--web-port', '0']
  const child = spawn(process.execPath, [bin, ...fixed, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  const stop = async () => {
    child.kill('SIGINT')
    const code = await ended
    rmSync(folder, { recursive: true, force: true })
    return code
  }
  const addresses: LocalAddresses = JSON.parse(await firstLine(child))
  const [tool] = addresses.tools
  if (tool === undefined) throw new Error('a platform without a tool')
  const { control_socket } = addresses
  if (control_socket === undefined) throw new Error('a platform without a control socket')
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  return {
    ...addresses,
    tool,
    control: createControlClient(control_socket),
    ca: read('pki/ca.crt'),
    serverCertificate: read('pki/server.crt'),
    serverKey: read('pki/server.key'),
    folder,
    child,
    stop,
  }
}
