import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { withDeadline } from '../../src/platform/deadline.ts'
import { findProgram, missing } from './programs.ts'
import { isRoot } from './tool-home.ts'

/** File systems that can be told to hang: who touches them then waits in state D, and cannot even be killed. */
export interface HangingFs {
  /** Shows the folder `source` at `target`, which is made; read-only, and hanging from the beginning where that is said. */
  mount(target: string, source: string, how?: 'hanging'): Promise<void>
  /** Unmounts what was mounted here by others as well in the end, also when the test is killed. */
  adopt(target: string): Promise<void>
  /** Shows what was there before; nothing hangs any more. */
  unmount(target: string): Promise<void>
  hang(target: string): Promise<void>
  release(target: string): Promise<void>
  /** How many requests wait for an answer. */
  held(target: string): Promise<number>
  /** Ends the hanging and the mounts; the test's end does it as well. */
  stop(): Promise<void>
}

const program = join(import.meta.dirname, 'hanging-fs.py')

function lacks(): string | undefined {
  if (!isRoot) return 'needs root, to mount file systems that hang'
  if (findProgram('python3') === undefined) return 'needs python3'
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return undefined
  } catch {
    return 'needs /dev/fuse'
  }
}

/** Undefined where it cannot be had: then the test is skipped aloud (in CI: fails). */
export async function hangingFs(t: Test): Promise<HangingFs | undefined> {
  const lack = lacks()
  if (lack !== undefined) {
    missing(t, lack)
    return undefined
  }
  // Not our stderr: a server that outlives a killed test would keep the runner waiting for its end.
  const child = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const targets: string[] = []
  const stop = async () => {
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
    unmount(targets)
  }
  t.teardown(stop)
  let last: Promise<unknown> = answer(lines)
  /** One command at a time, in order. */
  const say = (...words: string[]): Promise<number> => {
    const reply = last.then(() => {
      child.stdin.write(`${JSON.stringify(words)}\n`)
      return answer(lines)
    })
    last = reply.catch(() => {})
    return reply
  }
  await last
  return {
    async mount(target, source, how) {
      mkdirSync(target, { recursive: true })
      targets.push(target)
      await say('mount', target, source, ...(how === undefined ? [] : [how]))
    },
    async adopt(target) {
      targets.push(target)
      await say('adopt', target)
    },
    unmount: async target => void (await say('unmount', target)),
    hang: async target => void (await say('hang', target)),
    release: async target => void (await say('release', target)),
    held: target => say('held', target),
    stop,
  }
}

async function answer(lines: AsyncIterator<string>): Promise<number> {
  const late = () => new Error('the hanging file system does not answer')
  const { value, done } = await withDeadline({ milliseconds: 20_000, late }, () => lines.next())
  if (done === true) throw new Error('the hanging file system has ended')
  const { error, held = 0 }: { error?: string; held?: number } = JSON.parse(value)
  if (error !== undefined) throw new Error(error)
  return held
}

/** What a killed server left behind; without their server they no longer hang, but nobody can use them. */
function unmount(targets: readonly string[]): void {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
  for (const target of targets) if (mounted.includes(` ${target} `)) spawnSync('umount', ['-l', target])
}

/** The state of a process, as in ps: `D` for one that hangs in the kernel; undefined when it is gone. */
export function stateOf({ pid }: Pick<ChildProcess, 'pid'>): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
