import type { Clock } from '../../platform/clock.ts'
import type { ApiRequest } from '../api.ts'
import type { Connection, Connections } from '../connections.ts'
import type { Reply } from '../reply.ts'
import type { Answer } from '../server.ts'
import { readTarget } from '../target.ts'
import { suffer } from './effects.ts'
import type { Asked } from './fault.ts'
import { createFaultRegister, type FaultRegister } from './register.ts'
import { createRequestLog, type RequestLog } from './requests.ts'
import { createOpenWatches, type OpenWatches } from './watches.ts'

/** As a network or a server would end all that runs over a connection. */
export type ConnectionEnd = 'reset' | 'goaway' | 'black_hole'

/** What can go wrong between a client and the control plane, and what has been asked. */
export interface Faults {
  readonly register: FaultRegister
  readonly requests: RequestLog
  readonly watches: OpenWatches
  /** The same answers, unless a fault strikes. */
  around(answer: Answer): Answer
  /** Ends the connections of this user, or all; how many there were. */
  endConnections(user: string | undefined, how: ConnectionEnd): number
}

export interface FaultsDeps {
  connections: Connections
  machine: Clock
  random: () => number
}

const nowhere = { plural: '', subresource: '', namespace: '', name: '' }

/** A path that cannot be read is refused later, by who answers. */
function askedBy({ method, url, user }: ApiRequest): Asked {
  try {
    const { verb, resource = nowhere } = readTarget(method, url)
    const { plural, subresource, namespace, name } = resource
    return { verb, plural, subresource, namespace, name, user: user.name }
  } catch {
    return { ...nowhere, verb: method.toLowerCase(), user: user.name }
  }
}

const ends: Readonly<Record<ConnectionEnd, (connection: Connection) => void>> = {
  reset: connection => connection.reset(),
  goaway: connection => connection.drain(),
  black_hole: connection => connection.silence(),
}

export function createFaults({ connections, ...deps }: FaultsDeps): Faults {
  const register = createFaultRegister(deps)
  const requests = createRequestLog()
  const watches = createOpenWatches()
  const users = new WeakMap<Connection, string>()

  const around =
    (answer: Answer): Answer =>
    async (request, connection) => {
      const asked = askedBy(request)
      users.set(connection, asked.user)
      const answered = requests.begin(asked)
      const proceed = (): Promise<Reply> => answer(request, connection)
      const fault = register.strike(asked)
      const isWatch = asked.verb === 'watch'
      const { signal } = request
      const reply =
        fault === undefined ? await proceed() : await suffer({ fault, connection, signal, isWatch, proceed }, deps)
      answered(reply.code)
      return isWatch ? watches.track(reply, asked) : reply
    }

  return {
    register,
    requests,
    watches,
    around,
    endConnections: (user, how) => {
      const wanted = connections.open().filter(connection => user === undefined || users.get(connection) === user)
      for (const connection of wanted) ends[how](connection)
      return wanted.length
    },
  }
}
