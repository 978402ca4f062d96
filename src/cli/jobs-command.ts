import { Command, InvalidArgumentError, Option } from 'commander'
import type { Work } from './session.ts'
import type { World } from './world.ts'

/** The command line is wrong: which command's, and how. */
export class UsageError extends Error {
  readonly usage: string

  constructor(message: string, usage: string) {
    super(message)
    this.name = 'UsageError'
    this.usage = usage
  }
}

/** A command with examples, whose errors say how it is used, in the form of the client of today. */
export class JobsCommand extends Command {
  /** As they are typed, `%` for the program. */
  readonly examples: string[] = []
  /** What help and manual say behind the options, a paragraph each. */
  readonly remarks: string[] = []

  override createCommand(name: string): JobsCommand {
    return new JobsCommand(name)
  }

  override error(message: string): never {
    const path = [this.parent?.name(), this.name()].filter(name => name !== undefined).join(' ')
    throw new UsageError(
      `${path}: ${message.startsWith('error: ') ? message : `error: ${message}`}`,
      `usage: ${path} ${this.usage()}`,
    )
  }

  override helpInformation(): string {
    const program = (this.parent ?? this).name()
    const examples = this.examples.map(line => `  ${line.replaceAll('%', program)}\n`).join('')
    const remarks = this.remarks.map(text => `\n${wrapped(text, this.configureOutput().getOutHelpWidth?.() ?? 80)}\n`)
    return `${super.helpInformation()}${remarks.join('')}${examples === '' ? '' : `\nExamples:\n${examples}`}`
  }

  withExamples(...lines: string[]): this {
    this.examples.push(...lines)
    return this
  }

  withRemarks(...texts: string[]): this {
    this.remarks.push(...texts)
    return this
  }
}

function wrapped(text: string, width: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1] ?? ''
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.join('\n')
}

/** What the command line asks for: a command of the service, or one that needs nobody. */
export type Request =
  | { readonly debug: boolean; readonly work: Work }
  | { readonly alone: (world: World) => Promise<number> }

/** Takes the command that was asked for. */
export type Start = (work: Work) => void

/** A whole number within these, for an option or an argument. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number, ${least} or more.`
        : `It must be a whole number from ${least} to ${most}.`,
    )
  }

export const shownFormats = ['normal', 'json', 'yaml'] as const

/** How a command shows what it was told. */
export interface Shown {
  readonly output: (typeof shownFormats)[number]
}

export const outputOption = (formats: readonly string[], short = true): Option =>
  new Option(`${short ? '-o, ' : ''}--output <format>`, 'how to show it').choices(formats).default(formats[0])
