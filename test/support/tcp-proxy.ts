import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** What stands on the way to a server, and can be broken. */
export interface TcpProxy {
  url: string
  /** Connections so far. */
  made: number
  /** Ends all connections with a reset. */
  reset(): void
  /** Nothing passes any more, over these connections and those to come, and nobody is told. */
  swallow(): void
  /** Connections to come are reset at once. */
  refuse(): void
  /** What comes from now on passes; connections that were swallowed stay dead. */
  pass(): void
}

export async function startTcpProxy(t: Test, target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const pairs = new Set<[Socket, Socket]>()
  let swallows = false
  let refuses = false
  const end = (sockets: [Socket, Socket], how: 'destroy' | 'resetAndDestroy'): void => {
    for (const socket of sockets) socket[how]()
    pairs.delete(sockets)
  }
  const server = createServer(front => {
    proxy.made++
    front.on('error', () => {})
    if (refuses) return void front.resetAndDestroy()
    if (swallows) {
      front.pause()
      pairs.add([front, front])
      return
    }
    const back = connect(Number(port), hostname)
    back.on('error', () => {})
    const sockets: [Socket, Socket] = [front, back]
    pairs.add(sockets)
    front.pipe(back).pipe(front)
    for (const socket of sockets) socket.on('close', () => end(sockets, 'destroy'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: TcpProxy = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made: 0,
    reset() {
      for (const sockets of pairs) end(sockets, 'resetAndDestroy')
    },
    swallow() {
      swallows = true
      for (const [front, back] of pairs) {
        front.unpipe(back)
        back.unpipe(front)
        front.pause()
        back.pause()
      }
    },
    refuse() {
      refuses = true
    },
    pass() {
      refuses = false
      swallows = false
    },
  }
  t.teardown(() => {
    for (const sockets of pairs) end(sockets, 'destroy')
    server.close()
  })
  return proxy
}
