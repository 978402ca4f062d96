import { visible } from './text.ts'
import type { World } from './world.ts'

/** A line that says what is going on, with the time it has taken; on anything but a terminal a line for each change. */
export interface LiveLine {
  update(text: string): void
  /** Takes the line away. */
  end(): void
}

type LiveWorld = Pick<World, 'environment' | 'stderr' | 'clock'>

const braille = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏']
const ascii = [...'|/-\\']
const every = 120

/** Whether the terminal shows more than ASCII, as the locale says. */
const showsUnicode = ({ environment }: LiveWorld): boolean =>
  /utf-?8/i.test(environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '')

/** Seconds as people say them: `7s`, `2m05s`, `1h02m`. */
export function timeText(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`
  return `${Math.floor(whole / 3600)}h${two(Math.floor(whole / 60) % 60)}m`
}

export function liveLine(world: LiveWorld): LiveLine {
  return world.stderr.isTTY === true && world.environment['TERM'] !== 'dumb' ? animated(world) : spoken(world)
}

function spoken({ stderr }: LiveWorld): LiveLine {
  let last: string | undefined
  return {
    update: text => {
      if (text !== last) stderr.write(`${visible(text)}\n`)
      last = text
    },
    end: () => {},
  }
}

function animated(world: LiveWorld): LiveLine {
  const { stderr, clock } = world
  const frames = showsUnicode(world) ? braille : ascii
  const started = clock.now()
  let current = ''
  let frame = 0
  const draw = () => {
    const line = `${frames[frame++ % frames.length]} ${current} (${timeText((clock.now() - started) / 1000)})`
    stderr.write(`\r\x1b[2K${line.slice(0, Math.max(1, (stderr.columns ?? 80) - 1))}`)
  }
  const timer = setInterval(draw, every)
  return {
    update: text => {
      current = visible(text)
      draw()
    },
    end: () => {
      clearInterval(timer)
      stderr.write('\r\x1b[2K')
    },
  }
}
