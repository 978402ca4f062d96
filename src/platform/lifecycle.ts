import type { Logger } from './log.ts'

/** Something that runs between `start` and `stop`; both may be called again. */
export interface Service<Address = unknown> {
  start(): Promise<Address>
  stop(): Promise<void>
}

/** What asks a process to end: an operator, Ctrl-C, and a terminal that closes. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * Runs a service until a signal asks for its end, then stops it in good order; a second signal, or `limit` milliseconds,
 * ends it at once. Resolves with the process's exit code.
 */
export async function runUntilSignal<Address>(
  service: Service<Address>,
  { log, limit, onStarted }: { log: Logger; limit: number; onStarted?: (address: Address) => void },
): Promise<number> {
  const asked = Promise.withResolvers<NodeJS.Signals>()
  const onSignal = (signal: NodeJS.Signals) => asked.resolve(signal)
  for (const signal of signals) process.once(signal, onSignal)
  try {
    const address = await service.start()
    onStarted?.(address)
    log.info({ signal: await asked.promise }, 'stopping')
    for (const signal of signals) process.once(signal, () => process.exit(1))
    setTimeout(() => {
      log.error({ limit }, 'did not stop in time')
      process.exit(1)
    }, limit).unref()
    await service.stop()
    return 0
  } catch (error) {
    log.fatal({ err: error }, 'ended by an error')
    await service.stop().catch(second => log.error({ err: second }, 'stopping failed as well'))
    return 1
  }
}
