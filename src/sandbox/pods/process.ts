import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import { createMemoryWatch, type MemoryWatch } from './memory.ts'
import { openPipes, type Pipe } from './pipes.ts'
import { marked } from './proc.ts'

/** The variable by which a container's processes are known, also those that left their process group. */
export const markName = 'SANDBOX_CONTAINER'

export interface Program {
  /** The program and its arguments. */
  argv: readonly string[]
  /** All of its environment; nothing is inherited. */
  environment: Readonly<Record<string, string>>
  /** An absolute path. */
  directory: string
  /** Whose processes these are: a pod's uid and a container's name. */
  mark: string
  /** Bytes that its process group may hold. */
  memory?: number | undefined
  /** Another user than ours; only root may ask for one. */
  user?: { uid: number; gid: number } | undefined
}

export interface Exit {
  /** 128 and the signal's number when a signal ended it. */
  exitCode: number
  outOfMemory: boolean
}

export interface Running {
  readonly pid: number
  readonly stdout: Readable
  readonly stderr: Readable
  /** When the program has ended, and what it left running has been killed. Never rejects. */
  readonly ended: Promise<Exit>
  /**
   * SIGTERM now to the program alone, as to the first process of a container; SIGKILL to its group after `grace`
   * milliseconds. A later call may shorten that.
   */
  stop(grace: number): void
}

export interface Processes {
  /** @throws StartError when the program cannot be started. */
  start(program: Program): Promise<Running>
  /** Kills everything at once, without waiting: what is left to do while the process exits. */
  killAll(): void
}

/** A program that could not be started, in the words of containerd and runc. */
export class StartError extends Error {
  constructor(why: string) {
    super(
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
        `unable to start container process: ${why}: unknown`,
    )
    this.name = 'StartError'
  }
}

/** @returns whether there was anything to send it to. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

function whyNot({ argv, directory }: Program, error: unknown): string {
  const program = argv[0] ?? ''
  const quoted = JSON.stringify(program)
  const code = codeOf(error)
  if (code === 'EACCES') return `exec: ${quoted}: permission denied`
  if (code === 'E2BIG') return `exec ${program}: argument list too long`
  if (code !== 'ENOENT' && program !== '') return `exec ${program}: ${code || 'invalid argument'}`
  if (!program.includes('/')) return `exec: ${quoted}: executable file not found in $PATH`
  // The file may be there, and the interpreter in its first line not.
  if (existsSync(resolve(directory, program))) return `exec ${program}: no such file or directory`
  return `exec: ${quoted}: stat ${program}: no such file or directory`
}

function checkDirectory(directory: string): void {
  const found = statSync(directory, { throwIfNoEntry: false })
  if (found?.isDirectory()) return
  const why = found === undefined ? 'no such file or directory' : 'not a directory'
  throw new StartError(`error during container init: chdir to cwd (${JSON.stringify(directory)}): ${why}`)
}

function spawnInGroup(program: Program, [out, err]: readonly [Pipe, Pipe]): ChildProcess {
  const { argv, environment, directory, mark, user } = program
  return spawn(argv[0] ?? '', argv.slice(1), {
    detached: true,
    cwd: directory,
    env: { ...environment, [markName]: mark },
    stdio: ['ignore', out.input, err.input],
    ...user,
  })
}

const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal])

export interface ProcessDeps {
  /** By which a program is given time to end. */
  clock: Clock
  /** By which processes are looked at; absent: the same. */
  machine?: Clock
  log: Logger
  /** For pipes, which have a name for a moment. */
  directory: string
}

/** Programs in process groups of their own. */
export function createProcesses(deps: ProcessDeps): Processes {
  const { clock, machine = clock, log } = deps
  const memory = createMemoryWatch({ clock: machine })
  const running = new Map<number, string>()

  /** Kills what escaped from the group; a few rounds, since killed processes may have started others meanwhile. */
  const sweep = async (mark: string): Promise<void> => {
    for (let round = 0; round < 50; round++) {
      const found = marked(`${markName}=${mark}`)
      if (found.length === 0) return
      for (const pid of found) send(pid, 'SIGKILL')
      await machine.sleep(10)
    }
    log.error({ container: mark }, 'processes of a container cannot be killed')
  }

  const follow = (child: ChildProcess, pid: number, program: Program): Pick<Running, 'ended' | 'stop'> => {
    const over = new AbortController()
    let timer = new AbortController()
    const limit = watchMemory(memory, pid, program.memory)
    running.set(pid, program.mark)

    const ended = once(child, 'exit').then(async ([code, signal]): Promise<Exit> => {
      over.abort()
      limit.end()
      send(-pid, 'SIGKILL')
      await sweep(program.mark)
      running.delete(pid)
      return { exitCode: exitCodeOf(code, signal), outOfMemory: limit.exceeded() }
    })

    const stop = (grace: number): void => {
      if (over.signal.aborted) return
      timer.abort()
      timer = new AbortController()
      if (grace <= 0) return void send(-pid, 'SIGKILL')
      send(pid, 'SIGTERM')
      clock.sleep(grace, AbortSignal.any([over.signal, timer.signal])).then(
        () => send(-pid, 'SIGKILL'),
        () => false,
      )
    }
    return { ended, stop }
  }

  return {
    start: async program => {
      checkDirectory(program.directory)
      const pipes = await openPipes(deps.directory, program.user)
      try {
        const child = spawnInGroup(program, pipes)
        await once(child, 'spawn')
        if (child.pid === undefined) throw new TypeError('a process without an id')
        const [out, err] = pipes
        return { pid: child.pid, stdout: out.output, stderr: err.output, ...follow(child, child.pid, program) }
      } catch (error) {
        for (const pipe of pipes) pipe.output.destroy()
        throw new StartError(whyNot(program, error))
      } finally {
        for (const pipe of pipes) pipe.closeInput()
      }
    },
    killAll: () => {
      for (const pid of running.keys()) send(-pid, 'SIGKILL')
      for (const mark of new Set(running.values())) {
        for (const pid of marked(`${markName}=${mark}`)) send(pid, 'SIGKILL')
      }
    },
  }
}

function watchMemory(
  memory: MemoryWatch,
  pid: number,
  limit: number | undefined,
): { end: () => void; exceeded: () => boolean } {
  let exceeded = false
  if (limit === undefined) return { end: () => {}, exceeded: () => false }
  const end = memory.watch(pid, limit, () => {
    exceeded = true
    send(-pid, 'SIGKILL')
  })
  return { end, exceeded: () => exceeded }
}
