import { buildConnector, Client, type Dispatcher } from 'undici'
import type { ControlPlane } from './config.ts'

/** As whom the API server is asked: a certificate and its key (PEM), or a token, read anew for each call. */
export type Identity = { certificate: string; key: string } | { token: () => string | Promise<string> }

/** Bytes of one answer. */
const answerBytes = 32 * 1024 * 1024
const connectMs = 3000
const pingMs = 5000

/** Over HTTP/1.1 a call would wait behind a watch, so a server without HTTP/2 is none. */
function connector(ca: string, identity: Identity): buildConnector.connector {
  const keys = 'certificate' in identity ? { cert: identity.certificate, key: identity.key } : {}
  const connect = buildConnector({ ca, ...keys, rejectUnauthorized: true, allowH2: true, timeout: connectMs })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') return callback(null, socket)
      socket.destroy()
      callback(new Error('the server does not speak HTTP/2'), null)
    })
}

/** One HTTP/2 connection at a time, made at the first call and again whenever it is lost. */
export function createClient({ server, ca, timeout_ms }: ControlPlane, identity: Identity): Client {
  return new Client(server, {
    allowH2: true,
    // With fewer all calls hang once the server asks to leave (GOAWAY) while a watch is open.
    pipelining: 100,
    // A quiet watch is no dead one; the ping finds the dead.
    bodyTimeout: 0,
    headersTimeout: timeout_ms + 5000,
    h2Options: { pingInterval: pingMs },
    connect: connector(ca, identity),
  })
}

/** The whole of an answer, parsed; undefined when it is no JSON. @throws RangeError when it is too long */
export async function readJson(body: Dispatcher.ResponseData['body']): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue
    length += chunk.length
    if (length > answerBytes) throw new RangeError(`the answer is longer than ${answerBytes} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}
