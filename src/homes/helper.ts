/**
 * The process that touches the tools' homes in the service's place. It does one task at a time, with synchronous calls, so that
 * a home that hangs stops nothing but this process, which the service then kills and replaces. It ends with the service.
 */
import { HomeProblem } from './problem.ts'
import type { HelperMessage } from './protocol.ts'
import { readCredentials, readLog, type Task } from './tasks.ts'

const say = (message: HelperMessage): void => {
  process.send?.(message)
}

function work(id: number, task: Task): HelperMessage {
  if (task.kind === 'credentials') return { id, credentials: readCredentials(task, busy => say({ id, busy })) }
  const log = readLog(task)
  return log === undefined ? { id, problem: { kind: 'missing', message: 'there is no such file' } } : { id, log }
}

function answer(id: number, task: Task): HelperMessage {
  try {
    return work(id, task)
  } catch (error) {
    if (error instanceof HomeProblem) return { id, problem: { kind: error.kind, message: error.message } }
    return { id, crash: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

// A signal to the whole terminal is for the service, which may still need its helpers while it stops.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))
process.on('message', ({ id, task }: { id: number; task: Task }) => {
  const reply = answer(id, task)
  say(reply)
  // Whatever happened, and whichever user this process is now: a fresh one takes over.
  if ('crash' in reply) process.disconnect()
})
process.chdir('/')
process.umask(0o077)
if (process.geteuid?.() === 0) process.setgroups?.([])
say({ ready: true })
