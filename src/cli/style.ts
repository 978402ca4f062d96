import type { JobStatus } from '../contract/schemas.ts'
import type { Sink, World } from './world.ts'

export type Paint = (text: string) => string

/** How parts of the output are set off; on anything but a terminal all of them leave the text as it is. */
export interface Style {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly cyan: Paint
}

const code =
  (on: number, off: number): Paint =>
  text =>
    text === '' ? text : `\x1b[${on}m${text}\x1b[${off}m`

const plain: Paint = text => text
const colours: Style = {
  bold: code(1, 22),
  dim: code(2, 22),
  red: code(31, 39),
  green: code(32, 39),
  yellow: code(33, 39),
  cyan: code(36, 39),
}
const none: Style = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain }

/** Colours on a terminal that has them, unless `NO_COLOR` asks for none. */
export const styleFor = (sink: Sink, environment: World['environment']): Style =>
  sink.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb' ? colours : none

/** The colour of a job's status. */
export const statusPaintOf = (short: JobStatus['short'], style: Style): Paint =>
  ({ succeeded: style.green, running: style.cyan, pending: style.yellow, failed: style.red, unknown: style.dim })[short]
