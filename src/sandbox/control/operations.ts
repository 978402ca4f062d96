import { type TObject, Type } from 'typebox'
import { ConfigError, parseConfig } from '../../platform/config.ts'
import { messageOf } from '../../platform/message-of.ts'
import type { Connections } from '../connections.ts'
import { contradictions, type Fault, faultSchema, matchSchema } from '../faults/fault.ts'
import type { Faults } from '../faults/faults.ts'
import type { Store } from '../store.ts'
import type { SteerableClock } from './clock.ts'

/** A hundred years: what is longer is a mistake in the unit. */
const longest = 100 * 366 * 86_400

const closed = { additionalProperties: false } as const

const faultsBody = Type.Object({ faults: Type.Array(faultSchema, { maxItems: 1000 }) }, closed)

const clockBody = Type.Object(
  {
    stopped: Type.Optional(Type.Boolean()),
    offset_s: Type.Optional(Type.Number({ minimum: -longest, maximum: longest })),
  },
  closed,
)

const advanceBody = Type.Object({ seconds: Type.Number({ minimum: 0, maximum: longest }) }, closed)

const watchesBody = Type.Object(
  { match: Type.Optional(matchSchema), how: Type.Enum(['end', 'cut', 'expired']) },
  closed,
)

const connectionsBody = Type.Object(
  { user: Type.Optional(Type.String()), how: Type.Enum(['reset', 'goaway', 'black_hole']) },
  closed,
)

const newcomersBody = Type.Object({ newcomers: Type.Enum(['accept', 'reset', 'silent']) }, closed)

const compactBody = Type.Object({ plural: Type.Optional(Type.String()) }, closed)

/** A request to the control socket. */
export interface Command {
  /** As sent; empty when there is none. */
  body: string
  query: URLSearchParams
  /** What the last part of the path names. */
  id: string
  /** Aborted when the client has gone or everything stops. */
  signal: AbortSignal
}

/** What the sandbox lets itself be told. */
export interface Controlled {
  clock: SteerableClock
  faults: Faults
  connections: Connections
  store: Store
}

/** What a command names is not there. */
export class UnknownName extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'UnknownName'
  }
}

export type Operation = (command: Command) => Promise<unknown> | unknown

/** @throws ConfigError naming everything in the body that is wrong. */
function read<S extends TObject>(schema: S, { body }: Command) {
  if (body !== '') mustBeObject(body)
  return parseConfig(schema, body)
}

/** @throws ConfigError. */
function mustBeObject(body: string): void {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
  } catch (error) {
    throw new ConfigError([`the body is no JSON: ${messageOf(error)}`])
  }
  throw new ConfigError(['the body must be a JSON object'])
}

/** @throws ConfigError. */
function consistent(faults: readonly Fault[]): readonly Fault[] {
  const problems = faults.flatMap((fault, index) => contradictions(fault).map(problem => `fault ${index}: ${problem}`))
  if (problems.length > 0) throw new ConfigError(problems)
  return faults
}

function addFault({ faults }: Controlled, fault: Fault) {
  consistent([fault])
  return faults.register.add(fault)
}

const clockState = ({ clock }: Controlled) => {
  const { now, stopped, offset, sleepers } = clock.state()
  return { now: new Date(now).toISOString(), stopped, offset_s: offset / 1000, sleepers }
}

async function setClock(controlled: Controlled, command: Command) {
  const { clock } = controlled
  const { stopped, offset_s } = read(clockBody, command)
  if (stopped === true) clock.stop()
  if (stopped === false) clock.go()
  if (offset_s !== undefined) await clock.setOffset(offset_s * 1000, command.signal)
  return { clock: clockState(controlled) }
}

function compact({ store }: Controlled, command: Command) {
  const { plural } = read(compactBody, command)
  const kinds = store.kinds.filter(kind => plural === undefined || kind.plural === plural)
  if (kinds.length === 0) throw new UnknownName(`the sandbox has no ${plural}`)
  for (const kind of kinds) store.compact(kind)
  return { resourceVersion: String(store.version()) }
}

/** Of the query of a request for counts. @throws ConfigError */
const matchOf = ({ query }: Command) => parseConfig(matchSchema, JSON.stringify(Object.fromEntries(query)))

const state = (controlled: Controlled) => {
  const { faults, connections } = controlled
  return {
    clock: clockState(controlled),
    faults: faults.register.list(),
    requests: faults.requests.counts(),
    open: { watches: faults.watches.count(), connections: connections.open().length },
    newcomers: connections.newcomers(),
  }
}

/** By method and path. */
export function operationsOf(controlled: Controlled): Readonly<Record<string, Operation>> {
  const { clock, connections } = controlled
  const { register, requests, watches, endConnections } = controlled.faults
  return {
    'GET /': () => state(controlled),
    'GET /faults': () => ({ faults: register.list() }),
    'PUT /faults': command => ({ faults: register.replace(consistent(read(faultsBody, command).faults)) }),
    'POST /faults': command => addFault(controlled, read(faultSchema, command)),
    'DELETE /faults': () => {
      register.clear()
      return { faults: [] }
    },
    'DELETE /faults/:id': ({ id }) => {
      if (!register.remove(id)) throw new UnknownName(`there is no fault ${id}`)
      return { faults: register.list() }
    },
    'GET /clock': () => ({ clock: clockState(controlled) }),
    'PUT /clock': command => setClock(controlled, command),
    'POST /clock/advance': async command => {
      await clock.advance(read(advanceBody, command).seconds * 1000, command.signal)
      return { clock: clockState(controlled) }
    },
    'GET /requests': command => ({ requests: requests.counts(matchOf(command)) }),
    'POST /requests/mark': () => {
      requests.mark()
      return { requests: [] }
    },
    'POST /watches/end': command => {
      const { match = {}, how } = read(watchesBody, command)
      return { ended: watches.end(match, how) }
    },
    'POST /connections/end': command => {
      const { user, how } = read(connectionsBody, command)
      return { ended: endConnections(user, how) }
    },
    'PUT /connections': command => {
      connections.setNewcomers(read(newcomersBody, command).newcomers)
      return { newcomers: connections.newcomers() }
    },
    'POST /compact': command => compact(controlled, command),
  }
}
