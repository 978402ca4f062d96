import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The connections, and the answers that are being given on them: what a graceful stop waits for. */
export interface Exchanges {
  connected(socket: Socket): void
  /** An answer is being given on this connection. */
  began(socket: Socket, response: ServerResponse): void
  /**
   * Closes the connections on which nothing is being answered, and from now on each of the others as soon as that has
   * ended; answers say so where they still can.
   */
  closeAfterwards(): void
}

/** By ourselves: Node's closeIdleConnections leaves those alone that have never sent a request. */
export function createExchanges(): Exchanges {
  const answers = new Map<Socket, Set<ServerResponse>>()
  let closing = false

  /** Without effect where the head of the answer is gone already. */
  const sayLast = (response: ServerResponse) => {
    response.shouldKeepAlive = false
  }

  function closeIfIdle(socket: Socket): void {
    if (closing && answers.get(socket)?.size === 0) socket.destroy()
  }

  return {
    connected(socket) {
      answers.set(socket, new Set())
      socket.once('close', () => answers.delete(socket))
      closeIfIdle(socket)
    },
    began(socket, response) {
      const open = answers.get(socket)
      open?.add(response)
      if (closing) sayLast(response)
      response.once('close', () => {
        open?.delete(response)
        closeIfIdle(socket)
      })
    },
    closeAfterwards() {
      closing = true
      for (const [socket, responses] of answers) {
        for (const response of responses) sayLast(response)
        closeIfIdle(socket)
      }
    },
  }
}
