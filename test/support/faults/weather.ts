import { setTimeout as delay } from 'node:timers/promises'
import type { ControlClient } from '../../../src/sandbox/control/client.ts'
import type { Fault, Match } from '../../../src/sandbox/faults/fault.ts'
import { oneOf } from './random.ts'

/** What goes wrong in one round, and how it begins; what is set lasts until all is taken back. */
export interface Weather {
  readonly name: string
  begin(control: ControlClient): Promise<unknown>
  /** Milliseconds. */
  readonly lasts: number
}

const unluckyMs = 3000
const shortMs = 1200

/** What goes wrong with a single request. */
export const requestFaults: Readonly<Record<string, Omit<Fault, 'match'>>> = {
  latency: { latency_ms: 150, jitter_ms: 500 },
  'busy (429)': { effect: 'answer', code: 429, retry_after_s: 1 },
  '500': { effect: 'answer', code: 500 },
  '503': { effect: 'answer', code: 503 },
  '409': { effect: 'answer', code: 409 },
  '403': { effect: 'answer', code: 403 },
  '401': { effect: 'answer', code: 401 },
  'done, then cut': { effect: 'cut', after: true },
  'done, then reset': { effect: 'reset', after: true },
  'done, then 500': { effect: 'answer', code: 500, after: true },
  'done, then silence': { effect: 'hang', after: true },
  cut: { effect: 'cut' },
  reset: { effect: 'reset' },
  hang: { effect: 'hang' },
  'black hole': { effect: 'black_hole' },
  goaway: { effect: 'goaway' },
  expired: { effect: 'expired' },
  slow: { effect: 'slow', bytes_per_second: 2000 },
  truncated: { effect: 'truncate' },
}

/** Whom it strikes. */
export const targets: Readonly<Record<string, readonly Match[]>> = {
  'all that reads': [{ verb: 'get' }, { verb: 'list' }, { verb: 'watch' }],
  create: [{ verb: 'create' }],
  'create of Services': [{ verb: 'create', plural: 'services' }],
  replace: [{ verb: 'update' }],
  patch: [{ verb: 'patch' }],
  delete: [{ verb: 'delete' }, { verb: 'deletecollection' }],
  'all calls': [{}],
}

export const persistences = ['once', 'some of the time', 'for 3 s'] as const
export type Persistence = (typeof persistences)[number]

const eachOf = (matches: readonly Match[], fault: Fault): Fault[] => matches.map(match => ({ ...fault, match }))

/** The faults that make it last so long; which requests are struck some of the time is a matter of chance alone. */
function faultsOf(
  fault: Fault,
  matches: readonly Match[],
  { how, random }: { how: Persistence; random: () => number },
) {
  if (how === 'for 3 s') return eachOf(matches, fault)
  if (how === 'once') return eachOf(matches, { ...fault, count: 1 })
  const struck = Array.from({ length: 40 }, (_, at) => at + 1).filter(() => random() < 0.4)
  return struck.flatMap(nth => eachOf(matches, { ...fault, nth }))
}

interface Struck {
  readonly effect: string
  readonly target: string
  readonly how: Persistence
}

export function requestWeather({ effect, target, how }: Struck, random: () => number): Weather {
  const faults = faultsOf(requestFaults[effect] ?? {}, targets[target] ?? [], { how, random })
  return {
    name: `${effect}: ${target}, ${how}`,
    lasts: how === 'for 3 s' ? unluckyMs : shortMs,
    begin: control => control.faults.replace(faults),
  }
}

/** What goes wrong with the connections, the watches and the past as a whole. */
export const wideWeathers: readonly Weather[] = [
  ...(['end', 'cut', 'expired'] as const).map(how => ({
    name: `watches end: ${how}`,
    lasts: shortMs,
    begin: (control: ControlClient) => repeatedly(4, () => control.endWatches(how)),
  })),
  ...(['reset', 'goaway', 'black_hole'] as const).map(how => ({
    name: `connections: ${how}`,
    lasts: shortMs,
    begin: (control: ControlClient) => repeatedly(3, () => control.endConnections(how)),
  })),
  {
    name: 'the past is forgotten, and watches end',
    lasts: shortMs,
    begin: control =>
      repeatedly(4, async () => {
        await control.compact()
        await control.endWatches('cut')
      }),
  },
  ...(['reset', 'silent'] as const).map(newcomers => ({
    name: `nobody can connect for 3 s: ${newcomers}`,
    lasts: unluckyMs,
    begin: async (control: ControlClient) => {
      await control.setNewcomers(newcomers)
      await control.endConnections('reset')
    },
  })),
]

async function repeatedly(times: number, work: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < times; time++) {
    await work()
    await delay(shortMs / 2 / times)
  }
}

export async function clearWeather(control: ControlClient): Promise<void> {
  await control.faults.clear()
  await control.setNewcomers('accept')
}

/** Each effect `times` times, with targets and persistence left to chance, and all that concerns the whole. */
export function someWeathers(times: number, random: () => number): Weather[] {
  const effects = Object.keys(requestFaults)
  const chosen = Array.from({ length: times }, () => effects).flat()
  return [
    ...chosen.map(effect =>
      requestWeather({ effect, target: oneOf(Object.keys(targets), random), how: oneOf(persistences, random) }, random),
    ),
    ...wideWeathers,
  ]
}

export const allWeathers = (random: () => number): Weather[] => [
  ...Object.keys(requestFaults).flatMap(effect =>
    Object.keys(targets).flatMap(target => persistences.map(how => requestWeather({ effect, target, how }, random))),
  ),
  ...wideWeathers,
]
