import type { Messages } from '../contract/schemas.ts'
import { type LiveLine, liveLine } from './live-line.ts'
import { type Style, styleFor } from './style.ts'
import type { TableStyle } from './table.ts'
import { visibleLines } from './text.ts'
import type { World } from './world.ts'

/** Where results and remarks go: data to stdout, all else to stderr. */
export interface Output {
  readonly style: Style
  readonly table: TableStyle
  /** Whether the data goes to a terminal, which must not get control characters. */
  readonly terminal: boolean
  /** Data, with a newline behind it. */
  data(text: string): void
  info(text: string): void
  /** Only for a person at a terminal. */
  hint(text: string): void
  warning(text: string): void
  /** A line each with `ERROR: ` before it. */
  error(text: string): void
  debug(text: string): void
  /** What the service says beside its answer: info with the data, unless that is for programs. Whether there was any. */
  messages(messages: Partial<Messages> | undefined, data?: 'plain' | 'structured'): boolean
  /** A line on stderr that is written over as time goes by. */
  live(): LiveLine
}

export function createOutput(world: World, debug: boolean): Output {
  const { stdout, stderr, environment } = world
  const style = styleFor(stdout, environment)
  const remarks = styleFor(stderr, environment)
  const say = (text: string) => void stderr.write(`${text}\n`)
  const output: Output = {
    style,
    terminal: stdout.isTTY === true,
    table: { heading: style.bold, room: stdout.isTTY === true ? stdout.columns : undefined },
    data: text => void stdout.write(`${text}\n`),
    info: text => say(visibleLines(text)),
    hint: text => {
      if (stderr.isTTY === true) say(remarks.dim(visibleLines(text)))
    },
    warning: text => say(`${remarks.yellow('Warning')}: ${visibleLines(text)}`),
    error: text => {
      for (const line of text.split('\n')) say(`${remarks.red('ERROR')}: ${visibleLines(line)}`)
    },
    debug: text => {
      if (debug) say(remarks.dim(`DEBUG: ${visibleLines(text)}`))
    },
    messages: (messages, data = 'plain') => {
      const { info = [], warning = [] } = messages ?? {}
      for (const text of info) data === 'plain' ? output.data(visibleLines(text)) : output.info(text)
      for (const text of warning) output.warning(text)
      return info.length > 0
    },
    live: () => liveLine(world),
  }
  return output
}
