import type { Clock } from '../../platform/clock.ts'
import type { Service } from '../../platform/lifecycle.ts'
import type { Logger } from '../../platform/log.ts'
import { type Connections, createConnections } from '../connections.ts'
import { createFaults } from '../faults/faults.ts'
import type { Answer } from '../server.ts'
import type { Store } from '../store.ts'
import { createSteerableClock } from './clock.ts'
import { operationsOf } from './operations.ts'
import { createControlServer } from './server.ts'

/** What parts of the sandbox share with those who control it. */
export interface Control {
  /** The time of the cluster. */
  readonly clock: Clock
  readonly connections: Connections
  around(answer: Answer): Answer
  /** Opens the socket, where there is to be one, to what is in this store. */
  open(store: Store): Promise<void>
  /** Ends the control: time goes on by itself. */
  close(): Promise<void>
}

export interface ControlDeps {
  /** The machine's. */
  clock: Clock
  log: Logger
  random?: () => number
  /** A number that changes with everything that happens in the cluster. */
  activity(): number
  rest?: () => Promise<void>
}

/** Without a path nobody controls anything, and the time is the machine's own. */
export function createControl(path: string | undefined, deps: ControlDeps): Control {
  const { clock: machine, log, random = Math.random, activity, rest } = deps
  const connections = createConnections()
  if (path === undefined) {
    const nothing = async (): Promise<void> => {}
    return { clock: machine, connections, around: answer => answer, open: nothing, close: nothing }
  }
  const clock = createSteerableClock(machine, { activity, rest })
  const faults = createFaults({ connections, machine, random })
  let server: Service<void> | undefined
  return {
    clock,
    connections,
    around: faults.around,
    open: async store => {
      server = createControlServer(path, { operations: operationsOf({ clock, faults, connections, store }), log })
      await server.start()
    },
    close: async () => {
      await server?.stop()
      clock.go()
    },
  }
}
