import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A sandbox that runs: what a client needs to talk to it. Paths are absolute. */
export interface RunningSandbox {
  readonly api_url: string
  /** PEM of the CA that signs the API's certificate. */
  readonly ca_file: string
  /** Of the tool that clients act as unless they say otherwise. */
  readonly kubeconfig: string
  /** The process that ends with the sandbox. */
  readonly pid: number
}

/** The folder of the sandbox that a checkout's clients find by themselves. */
export const sandboxOf = (checkout: string): string => join(checkout, '.sandbox')

const fileOf = (folder: string): string => join(folder, 'running.json')

/** Tells this machine's clients of a sandbox's folder where it is. */
export function writeRunning(folder: string, running: RunningSandbox): void {
  const file = fileOf(folder)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Takes back what this process told; another process's word stays. */
export function removeRunning(folder: string, pid: number = process.pid): void {
  if (parsed(folder)?.pid === pid) rmSync(fileOf(folder), { force: true })
}

/** The sandbox of a folder, undefined when none runs: a file left behind by a process that is gone counts as none. */
export function readRunning(folder: string): RunningSandbox | undefined {
  const running = parsed(folder)
  return running !== undefined && lives(running.pid) ? running : undefined
}

function parsed(folder: string): RunningSandbox | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(fileOf(folder), 'utf8'))
    return isRunning(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isRunning = (value: unknown): value is RunningSandbox => {
  if (typeof value !== 'object' || value === null) return false
  const { api_url, ca_file, kubeconfig, pid }: { [Name in keyof RunningSandbox]?: unknown } = value
  return [api_url, ca_file, kubeconfig].every(text => typeof text === 'string') && Number.isInteger(pid)
}

/** Whether a process has this id; one of another user refuses the signal, and lives. */
function lives(pid: number): boolean {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
