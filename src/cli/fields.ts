import { CliError } from './failure.ts'

/** A mapping of a YAML file. */
export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A mapping within a mapping; absent and empty ones count as without fields. @throws CliError naming `where` */
export function section(fields: Fields, name: string, where: string): Fields {
  const value = fields[name] ?? {}
  if (isFields(value)) return value
  throw new CliError(`${where}: ${name} must be a mapping of settings`)
}

/** A text, undefined when absent or empty. @throws CliError naming `where` */
export function textOf(fields: Fields, name: string, where: string): string | undefined {
  const value = fields[name] ?? ''
  if (typeof value !== 'string') throw new CliError(`${where}: ${name} must be a text`)
  return value === '' ? undefined : value
}
