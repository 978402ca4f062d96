import { setTimeout as delay } from 'node:timers/promises'
import type { RawClient } from '../raw-client.ts'
import { waitUntil } from '../wait-until.ts'
import { createAsking } from './asking.ts'
import { type Listener, listen } from './listener.ts'
import { createModel, type State } from './model.ts'
import { objectProblems } from './objects.ts'
import { seeded } from './random.ts'
import { readList, readOne, statesIn } from './reader.ts'
import { createWriter, jobNames } from './writer.ts'

/** One tool's calls of all kinds, and what is wrong with the answers. */
export interface ToolLoad {
  readonly tool: string
  readonly listener: Listener
  /** Writes and reads until the signal, and until the last call is answered. */
  work(until: AbortSignal): Promise<unknown>
  /** Once all is well: repeats what nobody knows of, and holds lists, objects and events against each other. */
  settle(): Promise<void>
  /** What was wrong since it was asked last, with the calls before it. */
  problems(): string[]
  /** Answers so far: done, and refused by code. */
  readonly counts: ReadonlyMap<string, number>
  slowest(): number
}

export interface ToolLoadDeps {
  readonly tool: string
  /** The tool's, and the cluster's administrator. */
  readonly raw: RawClient
  readonly admin: RawClient
  readonly seed: number
  /** Milliseconds that a call may take. */
  readonly limitMs: number
  /** Milliseconds between reads. */
  readonly pauseMs?: number
  /** Seconds after which all must be well again: a watch that failed for long is begun again after 10 s at the latest. */
  readonly recoverySeconds?: number
}

export function createToolLoad(deps: ToolLoadDeps): ToolLoad {
  const { tool, raw, admin, seed, limitMs, pauseMs = 25, recoverySeconds = 20 } = deps
  const asking = createAsking(raw, { limitMs, tool })
  const model = createModel(jobNames)
  let notes: string[] = []
  const writer = createWriter({ asking, model, random: seeded(seed), note: line => void notes.push(line) })
  const reader = { asking, model, random: seeded(seed + 1) }
  const listener = listen(raw, tool)

  async function write(until: AbortSignal): Promise<void> {
    while (!until.aborted) await writer.act()
  }

  async function read(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await readList(reader)
      await readOne(reader)
      await delay(pauseMs)
    }
  }

  /** The list in the end, which what is unfinished may yet change: from here on it is what all else is held against. */
  async function statesNow(): Promise<Map<string, State>> {
    let states = new Map<string, State>()
    const isRight = async () => {
      const { body } = await asking.ask('GET', '/jobs')
      states = statesIn(body, jobNames)
      return [...states].every(([name, state]) => model.may(name, state))
    }
    await waitUntil('the jobs to be as they may', isRight, recoverySeconds).catch(() => undefined)
    for (const [name, state] of states) {
      if (!model.may(name, state)) {
        const possible = [...model.statesOf(name)].join(' or ')
        asking.wrong.push(`${name} is ${state} in the end, not ${possible}`)
      }
      model.settle(name, state)
    }
    return states
  }

  return {
    tool,
    listener,
    work: until => Promise.all([write(until), read(until)]),
    async settle() {
      await waitUntil(`${tool} to list its jobs`, () => readList(reader), recoverySeconds).catch((cause: Error) => {
        throw new Error(`${cause.message}; the last answer was ${asking.last}`, { cause })
      })
      await writer.settle()
      const states = await statesNow()
      let left: string[] = []
      // What was deleted takes what it owns along a moment later, and events come a moment later.
      await waitUntil(
        'objects and events to agree',
        async () => {
          left = [
            ...(await objectProblems(admin, tool, states)),
            ...[...states]
              .filter(([name, state]) => listener.stateOf(name) !== state)
              .map(([name, state]) => `events say that ${name} is ${listener.stateOf(name)}, and it is ${state}`),
          ]
          return left.length === 0
        },
        recoverySeconds,
      ).catch(() => asking.wrong.push(...left))
    },
    problems() {
      const wrong = [...asking.wrong.splice(0), ...listener.wrong.splice(0)]
      const before = notes
      notes = []
      return wrong.length === 0 ? [] : [...wrong.map(text => `${tool}: ${text}`), ...before.map(line => `    ${line}`)]
    },
    counts: asking.counts,
    slowest: () => asking.slowest,
  }
}
