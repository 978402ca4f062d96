import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net'
import type { Logger } from '../platform/log.ts'
import { onPort } from './parts.ts'

/** Where something listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

const bytesOf = (address: string): Buffer => {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':').map(word => Number.parseInt(word, 16)))
  const [first, last] = [words(head), words(tail)]
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
  return Buffer.from(all.flatMap(word => [word >> 8, word & 0xff]))
}

/**
 * The header that tells the service behind a passthrough who its client is.
 * Source: the PROXY protocol, version 2 (haproxy.org/download/2.6/doc/proxy-protocol.txt), section 2.2.
 */
export function proxyHeader(client: Address, here: Address): Buffer {
  const family = isIPv6(client.host) ? 0x21 : 0x11
  const addresses = Buffer.concat([bytesOf(client.host), bytesOf(here.host)])
  const header = Buffer.alloc(20)
  signature.copy(header)
  header[12] = 0x21
  header[13] = family
  header.writeUInt16BE(addresses.length + 4, 14)
  header.writeUInt16BE(client.port, 16)
  header.writeUInt16BE(here.port, 18)
  return Buffer.concat([header.subarray(0, 16), addresses, header.subarray(16)])
}

/**
 * A TCP passthrough as HAProxy is one in production: bytes go through untouched, so that the client's certificate
 * reaches the service behind it.
 */
export function createPassthrough(target: () => Address, log: Logger) {
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  const server: Server = createServer({ allowHalfOpen: true, keepAlive: true, noDelay: true }, client => {
    const { remoteAddress, remotePort, localAddress, localPort } = client
    if (
      remoteAddress === undefined ||
      remotePort === undefined ||
      localAddress === undefined ||
      localPort === undefined
    ) {
      client.destroy()
      return
    }
    const service = connect({ ...target(), allowHalfOpen: true, keepAlive: true, noDelay: true })
    keep(client)
    keep(service)
    service.write(proxyHeader({ host: remoteAddress, port: remotePort }, { host: localAddress, port: localPort }))
    client.pipe(service).pipe(client)
    const end = () => {
      client.destroy()
      service.destroy()
    }
    client.once('error', end).once('close', end)
    service.once('close', end).once('error', error => {
      log.warn({ err: error }, 'the service behind the passthrough did not answer')
      end()
    })
  })

  const listen = (host: string, port: number) =>
    new Promise<Address>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        const address = server.address()
        if (address === null || typeof address === 'string') reject(new Error('the passthrough has no port'))
        else resolve({ host, port: address.port })
      })
    })

  return {
    start: ({ host, port }: Address): Promise<Address> => onPort(port, free => listen(host, free)),
    async stop(): Promise<void> {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
