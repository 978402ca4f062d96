import { type Asked, type Fault, matches, strikes } from './fault.ts'

/** A fault that is set, and how often requests matched it and were struck. */
export interface SetFault extends Fault {
  id: string
  seen: number
  struck: number
}

/** The faults that are set, in their order: the first that strikes is the one. */
export interface FaultRegister {
  list(): SetFault[]
  add(fault: Fault): SetFault
  /** All go, these come. */
  replace(faults: readonly Fault[]): SetFault[]
  /** False when there is none of this id. */
  remove(id: string): boolean
  clear(): void
  /** The fault that strikes this request. */
  strike(asked: Asked): Fault | undefined
}

export function createFaultRegister({ random }: { random: () => number }): FaultRegister {
  let faults: SetFault[] = []
  let made = 0

  const add = (fault: Fault): SetFault => {
    made += 1
    const set = { ...fault, id: String(made), seen: 0, struck: 0 }
    faults.push(set)
    return set
  }

  return {
    list: () => faults.map(fault => ({ ...fault })),
    add,
    replace: wanted => {
      faults = []
      return wanted.map(add)
    },
    remove: id => {
      const before = faults.length
      faults = faults.filter(fault => fault.id !== id)
      return faults.length < before
    },
    clear: () => {
      faults = []
    },
    strike: asked => {
      for (const fault of faults) {
        if (!matches(fault.match ?? {}, asked)) continue
        fault.seen += 1
        if (!strikes(fault, fault, random)) continue
        fault.struck += 1
        return fault
      }
      return undefined
    },
  }
}
