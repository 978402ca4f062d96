// TLS handshakes from a process of its own: full ones, or resumed ones with the ticket of a first connection.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type ConnectionOptions, connect } from 'node:tls'

/** Which handshakes, and with whom. */
export interface Shakes {
  port: number
  ca: string
  certificate: string
  key: string
  resumed: boolean
  milliseconds: number
}

async function shake(options: ConnectionOptions): Promise<void> {
  const socket = connect(options)
  await once(socket, 'secureConnect')
  if (options.session !== undefined && !socket.isSessionReused()) throw new Error('the session was not resumed')
  socket.destroy()
}

/** A ticket, which TLS 1.3 sends behind the handshake. */
async function ticket(options: ConnectionOptions): Promise<Buffer> {
  const socket = connect(options)
  const [session]: Buffer[] = await once(socket, 'session')
  socket.destroy()
  if (session === undefined) throw new Error('no ticket came')
  return session
}

/** Handshakes a second, four at a time. */
async function count({ port, ca, certificate, key, resumed, milliseconds }: Shakes): Promise<number> {
  const fresh = { host: '127.0.0.1', port, ca, cert: certificate, key }
  const options = resumed ? { ...fresh, session: await ticket(fresh) } : fresh
  for (let warm = 0; warm < 20; warm++) await shake(options)
  let done = 0
  const began = performance.now()
  const worker = async () => {
    while (performance.now() - began < milliseconds) {
      await shake(options)
      done += 1
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return (done * 1000) / (performance.now() - began)
}

/** Counts handshakes a second in a child process. */
export function countShakes(shakes: Shakes): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename)
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the handshakes ended with ${code}`)))
    child.once('message', perSecond => resolve(Number(perSecond)))
    child.send(shakes)
  })
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  process.once('message', async (shakes: Shakes) => {
    const perSecond = await count(shakes)
    process.send?.(perSecond, () => process.exit(0))
  })
}
