/**
 * The process that touches the tools' homes in the service's place. It does one task at a time, with synchronous calls on the disk, so that
 * a home that hangs stops nothing but this process, which the service then kills and replaces. It ends with the service.
 */
import { HomeProblem } from './problem.ts'
import type { HelperMessage, HelperTask } from './protocol.ts'
import { readCredentials, readLog } from './tasks.ts'

const say = (message: HelperMessage): void => {
  process.send?.(message)
}

async function work(id: number, task: HelperTask): Promise<HelperMessage> {
  const onBusy = (busy: 'disk' | 'text'): void => say({ id, busy })
  if (task.kind === 'credentials') return { id, credentials: readCredentials(task, onBusy) }
  if (task.kind === 'log') {
    const log = readLog(task)
    return log === undefined ? { id, problem: { kind: 'missing', message: 'there is no such file' } } : { id, log }
  }
  // A service that only reads homes need not wait for these to be loaded.
  if (task.kind === 'inspect') {
    const began = performance.now()
    const { inspectHomes } = await import('./inspect-homes.ts')
    return { id, looks: inspectHomes(task, { onBusy, elapsed: () => performance.now() - began }) }
  }
  const { provision } = await import('./provision-tasks.ts')
  return { id, ...(await provision(task, onBusy)) }
}

async function answer(id: number, task: HelperTask): Promise<void> {
  const reply = await work(id, task).catch((error: unknown): HelperMessage => {
    if (error instanceof HomeProblem) return { id, problem: { kind: error.kind, message: error.message } }
    return { id, crash: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  })
  say(reply)
  // Whatever happened, and whichever user this process is now: a fresh one takes over.
  if ('crash' in reply) process.disconnect()
}

// A signal to the whole terminal is for the service, which may still need its helpers while it stops.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))
process.on('message', ({ id, task }: { id: number; task: HelperTask }) => {
  void answer(id, task)
})
process.chdir('/')
process.umask(0o077)
if (process.geteuid?.() === 0) process.setgroups?.([])
say({ ready: true })
