import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** What is done to the bytes that a server sends over one connection. */
export interface RelayRules {
  /** Bytes that pass; undefined: all. */
  passes?: number
  /** What becomes of the rest. */
  rest?: 'cut' | 'silence'
  /** Put behind the first that the server sends, as somebody on the way could do. */
  inject?: Buffer
}

/** Stands before a server on this machine; returns its own port. */
export async function startRelay(t: Test, port: number, rules: RelayRules): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(front => {
    const back = connect(port, '127.0.0.1')
    for (const socket of [front, back]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => [front, back].map(one => one.destroy()))
    }
    front.pipe(back)
    relay(back, front, rules)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function relay(from: Socket, to: Socket, { passes = Number.POSITIVE_INFINITY, rest = 'cut', inject }: RelayRules) {
  let left = passes
  let injected = inject
  from.on('data', chunk => {
    const allowed = Buffer.concat([chunk.subarray(0, left), injected ?? Buffer.alloc(0)])
    injected = undefined
    left -= chunk.length
    if (left > 0) to.write(allowed)
    else if (rest === 'cut') to.end(allowed, () => to.destroy())
    else if (left + chunk.length > 0) to.write(allowed)
  })
}
