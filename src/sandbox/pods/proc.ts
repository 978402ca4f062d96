import { existsSync, readdirSync, readFileSync } from 'node:fs'

// What Linux tells about processes. Elsewhere there is no /proc: then nothing is ever found.

/** Whether this system tells about its processes as Linux does. */
export const hasProc = (): boolean => existsSync('/proc/self/stat')

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined // the process has ended, or is another user's
  }
}

function processes(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

/** The process group in a line of /proc/PID/stat, whose second field is the program's name in brackets, brackets and all. */
export const groupOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])

/** The living processes of each group: a group's id → pids. */
export function groups(): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const pid of processes()) {
    const stat = read(`/proc/${pid}/stat`)?.toString('latin1')
    if (stat === undefined) continue
    const group = groupOf(stat)
    found.set(group, [...(found.get(group) ?? []), pid])
  }
  return found
}

/** Processes that were started with this `NAME=value` in their environment, as far as this user may look. */
export function marked(variable: string): number[] {
  const inner = Buffer.from(`\0${variable}\0`)
  const first = Buffer.from(`${variable}\0`)
  return processes().filter(pid => {
    const environment = read(`/proc/${pid}/environ`)
    return environment?.includes(inner) || environment?.subarray(0, first.length).equals(first)
  })
}

const kibibytes = (text: string | undefined, field: string): number | undefined => {
  const found = text?.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm'))?.[1]
  return found === undefined ? undefined : Number(found) * 1024
}

/** Bytes of memory that a process holds; pages shared with others count in parts. 0 when it has ended. */
export const memoryOf = (pid: number): number =>
  kibibytes(read(`/proc/${pid}/smaps_rollup`)?.toString(), 'Pss') ??
  kibibytes(read(`/proc/${pid}/status`)?.toString(), 'VmRSS') ??
  0
