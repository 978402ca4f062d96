import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof logLevels)[number]

/** One JSON object a line, times in RFC 3339; keys and certificates are never passed to it. */
export function createLog(options: { level: LogLevel; service: string }, destination?: DestinationStream): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
  }
  return destination === undefined ? pino(settings) : pino(settings, destination)
}

/** For tests and one-off tools that must not print. */
export const quietLog: Logger = pino({ level: 'silent' })
