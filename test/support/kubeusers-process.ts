import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { waitUntil } from './wait-until.ts'

const bin = join(import.meta.dirname, '../../src/bin/kubeusers.ts')

/** An instance of the service, as an operator would run it. */
export interface KubeusersProcess {
  /** All that it has logged. */
  log(): string
  /** Waits until it holds the lease and has made a pass. */
  ready(seconds?: number): Promise<void>
  /** Waits until it has ended by this signal; its exit code, null where it was killed. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Collects what a process says. */
function said(child: ChildProcess): { stdout: string; stderr: string } {
  const texts = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text))
  return texts
}

/** Writes the configuration to a file of its own, removed after the test. */
function configFile(t: Test, config: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubeusers-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'config.yaml')
  writeFileSync(file, stringify(config), { mode: 0o600 })
  return file
}

/** `under` is a command that runs it, such as one that leaves it fewer rights. */
function run(file: string, words: readonly string[], under: readonly string[] = []): ChildProcess {
  const [command = '', ...rest] = [...under, process.execPath, bin, '--config', file, ...words]
  return spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Starts the service with this configuration, or what is asked for by words; it ends with the test at the latest. */
export function startKubeusers(t: Test, config: object, words: readonly string[] = []): KubeusersProcess {
  const child = run(configFile(t, config), words)
  const texts = said(child)
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    if (!hasEnded()) {
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
    }
    return child.exitCode
  }
  const log = () => texts.stdout + texts.stderr
  t.teardown(async () => {
    await end('SIGKILL')
    if (!t.passing()) console.error(log())
  })
  const ready = async (seconds = 60): Promise<void> => {
    const made = () => {
      if (hasEnded()) throw new Error(`kubeusers ended: ${log()}`)
      return texts.stdout.includes('"msg":"a pass"')
    }
    await waitUntil('the first pass of an instance', made, seconds)
  }
  return { log, ready, end }
}

interface Asked {
  words: readonly string[]
  under?: readonly string[] | undefined
}

/** Runs it with words such as `--once`, and waits for its end. */
export async function runKubeusers(t: Test, config: object, { words, under }: Asked): Promise<Ended> {
  const child = run(configFile(t, config), words, under)
  t.teardown(() => void child.kill('SIGKILL'))
  const texts = said(child)
  await once(child, 'close')
  return { code: child.exitCode, ...texts }
}
