// A client in a process of its own, so that it does not share a core with what it measures: asks over kept connections
// for some seconds and says how many answers came, and how long each took.

import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Pool } from 'undici'

/** What to ask, and of whom. */
export interface Load {
  origin: string
  path: string
  ca: string
  certificate: string
  key: string
  connections: number
  milliseconds: number
  /** Of the process that answers. */
  pid: number
}

/** What came back. */
export interface LoadResult {
  perSecond: number
  /** Milliseconds that half of the answers, and 99 of 100, took at most. */
  p50: number
  p99: number
  bytes: number
  /** Milliseconds of processor time that the answering process spent on one answer. */
  processorMs: number
}

/** Milliseconds of processor time that a process has spent; Linux counts in hundredths of a second. */
function processorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) * 10
}

async function ask(load: Load): Promise<LoadResult> {
  const connect = { ca: load.ca, cert: load.certificate, key: load.key }
  const pool = new Pool(load.origin, { connections: load.connections, pipelining: 1, connect })
  const one = async () => {
    const answer = await pool.request({ method: 'GET', path: load.path })
    const bytes = await answer.body.arrayBuffer()
    if (answer.statusCode !== 200)
      throw new Error(`${load.path}: ${answer.statusCode} ${Buffer.from(bytes).toString()}`)
    return bytes.byteLength
  }
  const bytes = await one()
  await Promise.all(Array.from({ length: load.connections * 20 }, one))
  const times: number[] = []
  const spent = processorTime(load.pid)
  const began = performance.now()
  const end = began + load.milliseconds
  const worker = async () => {
    while (performance.now() < end) {
      const from = performance.now()
      await one()
      times.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: load.connections }, worker))
  const seconds = (performance.now() - began) / 1000
  const processorMs = (processorTime(load.pid) - spent) / times.length
  await pool.close()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), bytes, processorMs }
}

/** Runs a load in a child process. */
export function runLoad(load: Load): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, { serialization: 'advanced' })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the load ended with ${code}`)))
    child.once('message', (result: LoadResult) => resolve(result))
    child.send(load)
  })
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  process.once('message', async (load: Load) => {
    const result = await ask(load)
    process.send?.(result, () => process.exit(0))
  })
}
