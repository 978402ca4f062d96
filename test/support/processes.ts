import { readdirSync, readFileSync } from 'node:fs'

/** A process and its command. */
export interface Found {
  pid: number
  command: string
}

const read = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** The processes of this machine (Linux) that have a text in their environment or in their command; ended ones don't. */
export function findProcesses(text: string): Found[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(pid => read(pid, 'environ').includes(text) || read(pid, 'cmdline').includes(text))
    .map(pid => ({ pid: Number(pid), command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }))
}
