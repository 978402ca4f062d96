import { rfc3339 } from '../platform/clock.ts'
import type { Watcher } from './commands/watch.ts'
import { jobTable } from './render.ts'
import type { Session } from './session.ts'

/** The other screen of the terminal, without cursor and without breaking long lines; and back. */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l'

/** A table of the jobs that is drawn anew with each change; what it showed last stays behind on the usual screen. */
export function liveTable({ tool, output, world }: Session): Watcher {
  const { stdout, clock } = world
  let last: readonly string[] = []
  let shown = false

  return {
    show: (jobs, _, answers) => {
      const table = jobTable(jobs, 'normal', { ...output, table: { ...output.table, room: undefined } })
      last = jobs.length === 0 ? [`The tool ${tool} has no jobs.`] : table
      const remark = answers ? 'Ctrl-C ends' : output.style.red('the service does not answer, asking again')
      const head = [`${output.style.bold(`Jobs of ${tool}`)} at ${rfc3339(clock.now())} (${remark})`, '']
      const room = Math.max(1, (stdout.rows ?? 24) - head.length)
      const lines = last.length <= room ? last : [...last.slice(0, room - 1), `… and ${last.length - room + 1} more`]
      // Each line is cleared behind its end, then all below: nothing flickers, as a cleared screen would.
      const text = [...head, ...lines].map(line => `${line}\x1b[K`).join('\r\n')
      stdout.write(`${shown ? '' : enter}\x1b[H${text}\x1b[J`)
      shown = true
    },
    end: () => {
      if (shown) stdout.write(leave)
      if (shown) for (const line of last) output.data(line)
    },
  }
}
