import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Newcomers } from '../connections.ts'
import type { Fault, Match } from '../faults/fault.ts'
import type { ConnectionEnd } from '../faults/faults.ts'
import type { SetFault } from '../faults/register.ts'
import type { RequestCount } from '../faults/requests.ts'
import type { WatchEnd } from '../faults/watches.ts'

/** The sandbox's time. */
export interface ClockReport {
  /** RFC 3339, with milliseconds. */
  now: string
  stopped: boolean
  offset_s: number
  sleepers: number
}

export interface ControlState {
  clock: ClockReport
  faults: SetFault[]
  requests: RequestCount[]
  open: { watches: number; connections: number }
  newcomers: Newcomers
}

/** The sandbox's control socket. Everything rejects with the socket's own words when it refuses. */
export interface ControlClient {
  state(): Promise<ControlState>
  faults: {
    list(): Promise<SetFault[]>
    add(fault: Fault): Promise<SetFault>
    replace(faults: readonly Fault[]): Promise<SetFault[]>
    remove(id: string): Promise<void>
    clear(): Promise<void>
  }
  clock: {
    /** It stands still until it is advanced or goes on. */
    stop(): Promise<ClockReport>
    go(): Promise<ClockReport>
    /** Seconds ahead of the machine's clock. */
    setOffset(seconds: number): Promise<ClockReport>
    /** Resolves when everything that was due has been done. */
    advance(seconds: number): Promise<ClockReport>
  }
  requests: {
    /** Since the mark, most first. */
    list(match?: Match): Promise<RequestCount[]>
    /** How many in all since the mark. */
    total(match?: Match): Promise<number>
    mark(): Promise<void>
  }
  /** Ends open watches; how many. */
  endWatches(how: WatchEnd, match?: Match): Promise<number>
  /** Ends open connections, of one user or of all; how many. */
  endConnections(how: ConnectionEnd, user?: string): Promise<number>
  setNewcomers(newcomers: Newcomers): Promise<void>
  /** Forgets the past of one kind, or of all: older versions are 410 from now on. */
  compact(plural?: string): Promise<void>
}

/** For `path`, the socket that the sandbox's configuration names. */
export function createControlClient(path: string): ControlClient {
  const call = <T>(method: string, url: string, body?: object): Promise<T> => ask<T>(path, { method, url, body })
  const list = async (match: Match = {}): Promise<RequestCount[]> => {
    const query = new URLSearchParams(match).toString()
    return (await call<{ requests: RequestCount[] }>('GET', `/requests?${query}`)).requests
  }
  const clock = async (method: string, url: string, body: object): Promise<ClockReport> =>
    (await call<{ clock: ClockReport }>(method, url, body)).clock
  return {
    state: () => call('GET', '/'),
    faults: {
      list: async () => (await call<{ faults: SetFault[] }>('GET', '/faults')).faults,
      add: fault => call('POST', '/faults', fault),
      replace: async faults => (await call<{ faults: SetFault[] }>('PUT', '/faults', { faults })).faults,
      remove: async id => void (await call('DELETE', `/faults/${encodeURIComponent(id)}`)),
      clear: async () => void (await call('DELETE', '/faults')),
    },
    clock: {
      stop: () => clock('PUT', '/clock', { stopped: true }),
      go: () => clock('PUT', '/clock', { stopped: false }),
      setOffset: offset_s => clock('PUT', '/clock', { offset_s }),
      advance: seconds => clock('POST', '/clock/advance', { seconds }),
    },
    requests: {
      list,
      total: async match => (await list(match)).reduce((sum, { count }) => sum + count, 0),
      mark: async () => void (await call('POST', '/requests/mark')),
    },
    endWatches: async (how, match = {}) =>
      (await call<{ ended: number }>('POST', '/watches/end', { how, match })).ended,
    endConnections: async (how, user) =>
      (await call<{ ended: number }>('POST', '/connections/end', user === undefined ? { how } : { how, user })).ended,
    setNewcomers: async newcomers => void (await call('PUT', '/connections', { newcomers })),
    compact: async plural => void (await call('POST', '/compact', plural === undefined ? {} : { plural })),
  }
}

interface Question {
  method: string
  url: string
  body: object | undefined
}

/** Both ends are of one version: what comes has the operation's type. */
function ask<T>(socketPath: string, { method, url, body }: Question): Promise<T> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path: url, agent: false }, reply => {
      text(reply).then(got => {
        const value: T & { error?: string } = JSON.parse(got)
        if (reply.statusCode === 200) resolve(value)
        else reject(new Error(`${method} ${url} (${reply.statusCode}): ${value.error ?? got}`))
      }, reject)
    })
    sent.once('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
