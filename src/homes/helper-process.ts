import { type ChildProcess, fork } from 'node:child_process'
import { extname, join } from 'node:path'
import { afterDeadline } from './deadline.ts'
import { type HelperMessage, type HelperTask, parseHelperMessage } from './protocol.ts'

export type HelperAnswer = Exclude<HelperMessage, { ready: unknown } | { busy: unknown } | { crash: unknown }>

/** How a task ended: with an answer, by a fault of the helper's code, or not at all while it was busy with something. */
export type Outcome =
  | { end: 'answer'; answer: HelperAnswer }
  | { end: 'crash'; reason: string }
  | { end: 'deadline' | 'died'; busy: 'disk' | 'text' }

/** One helper process. It is killed when it misses a deadline or says what it should not. */
export interface HelperProcess {
  readonly pid: number | undefined
  /** Settles when the helper can take tasks (true), or when it has ended before (false). */
  readonly ready: Promise<boolean>
  /** Settles as soon as no task should be given to it any more. */
  readonly ended: Promise<void>
  /** Settles when the process is gone: for one that hangs on a disk, when the disk is back. */
  readonly gone: Promise<void>
  /** Never rejects. One task at a time. */
  run(task: HelperTask, deadline: number): Promise<Outcome>
  kill(): void
}

/** Beside this file, compiled like it in a published package. */
const helperFile = join(import.meta.dirname, `helper${extname(import.meta.filename)}`)

// Nothing of the service's environment is a helper's business; and its output could keep a pipe of ours open while it hangs.
const forkHelper = (): ChildProcess =>
  fork(helperFile, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // Each change of user stops and wakes every thread of a process: the fewer there are, the cheaper it is to enter a home.
    env: { UV_THREADPOOL_SIZE: '1' },
    execArgv: ['--max-old-space-size=64', '--v8-pool-size=1', '--disable-sigusr1'],
  })

/** Starts a helper; once it is ready it does not keep this process alive. */
export function startHelper(): HelperProcess {
  const child = forkHelper()
  const ready = Promise.withResolvers<boolean>()
  const ended = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  let running: { id: number; busy: 'disk' | 'text'; settle(outcome: Outcome): void } | undefined
  let lastId = 0

  const finish = (outcome: Outcome): void => {
    const task = running
    running = undefined
    task?.settle(outcome)
  }
  const letGo = (): void => {
    child.unref()
    child.channel?.unref()
  }
  const end = (): void => {
    letGo()
    ended.resolve()
    ready.resolve(false)
    finish({ end: 'died', busy: running?.busy ?? 'disk' })
  }
  const kill = (): void => {
    end()
    child.kill('SIGKILL')
    if (child.connected) child.disconnect()
  }

  child.on('message', received => {
    const message = parseHelperMessage(received)
    if (message === undefined) kill()
    else if ('ready' in message) {
      letGo()
      ready.resolve(true)
    } else if (message.id !== running?.id) return
    else if ('busy' in message) running.busy = message.busy
    else if ('crash' in message) {
      finish({ end: 'crash', reason: message.crash })
      kill()
    } else finish({ end: 'answer', answer: message })
  })
  child.on('disconnect', end)
  child.on('error', () => {
    end()
    if (child.pid === undefined) gone.resolve()
  })
  child.on('exit', () => {
    end()
    gone.resolve()
  })

  return {
    pid: child.pid,
    ready: ready.promise,
    ended: ended.promise,
    gone: gone.promise,
    kill,
    async run(task, deadline) {
      const { promise, resolve } = Promise.withResolvers<Outcome>()
      const id = ++lastId
      running = { id, busy: 'disk', settle: resolve }
      const cancel = afterDeadline(deadline, () => {
        finish({ end: 'deadline', busy: running?.busy ?? 'disk' })
        kill()
      })
      child.send({ id, task }, error => {
        if (error !== null) end()
      })
      try {
        return await promise
      } finally {
        cancel()
      }
    },
  }
}
