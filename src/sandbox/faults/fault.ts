import { type Static, Type } from 'typebox'

/** Which requests are meant; what is left out means any. */
export const matchSchema = Type.Object(
  {
    verb: Type.Optional(
      Type.String({ description: 'As RBAC names it: get, list, watch, create, update, patch, delete …' }),
    ),
    plural: Type.Optional(Type.String({ description: 'The resource: jobs, pods …' })),
    subresource: Type.Optional(Type.String({ description: 'log, status …; empty for the object itself.' })),
    namespace: Type.Optional(Type.String()),
    name: Type.Optional(Type.String({ description: "The object's, where the request names one." })),
    user: Type.Optional(Type.String({ description: "The CN of the client's certificate." })),
  },
  { additionalProperties: false },
)

export type Match = Static<typeof matchSchema>

export const effects = [
  'none',
  'answer',
  'cut',
  'reset',
  'hang',
  'goaway',
  'black_hole',
  'expired',
  'slow',
  'truncate',
] as const

export type Effect = (typeof effects)[number]

/** What goes wrong, for whom, and how often. */
export const faultSchema = Type.Object(
  {
    match: Type.Optional(matchSchema),
    probability: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Of each request that matches; absent: 1.' }),
    ),
    nth: Type.Optional(Type.Integer({ minimum: 1, description: 'Only from the nth request on that matches.' })),
    count: Type.Optional(
      Type.Integer({ minimum: 1, description: 'How often in all; absent: once where nth is given, else always.' }),
    ),
    latency_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000, description: 'Wait before the effect.' })),
    jitter_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000, description: 'At most so much more.' })),
    after: Type.Optional(
      Type.Boolean({ description: 'The request is carried out first, and the effect takes the place of its answer.' }),
    ),
    effect: Type.Optional(Type.Enum([...effects], { description: 'Absent: none, which leaves the latency.' })),
    code: Type.Optional(Type.Integer({ minimum: 400, maximum: 599, description: 'Of an answer; absent: 500.' })),
    retry_after_s: Type.Optional(Type.Integer({ minimum: 0, description: 'Of an answer.' })),
    message: Type.Optional(Type.String({ maxLength: 10_000, description: 'Of an answer.' })),
    bytes_per_second: Type.Optional(Type.Integer({ minimum: 1, description: 'Of a slow answer; absent: 1000.' })),
  },
  { additionalProperties: false },
)

export type Fault = Static<typeof faultSchema>

/** Settings that say something only with one effect. */
const belongings = { code: 'answer', retry_after_s: 'answer', message: 'answer', bytes_per_second: 'slow' } as const

/** What of a fault contradicts itself, in sentences. */
export function contradictions(fault: Fault): string[] {
  const { effect = 'none', latency_ms, jitter_ms } = fault
  const odd = Object.entries(belongings)
    .filter(([setting, owner]) => Object.hasOwn(fault, setting) && owner !== effect)
    .map(([setting, owner]) => `${setting}: only for the effect ${owner}, not for ${effect}`)
  const idle = effect === 'none' && latency_ms === undefined && jitter_ms === undefined
  return idle ? [...odd, 'the fault does nothing: give it an effect, or latency_ms'] : odd
}

/** A request as faults see it. */
export interface Asked {
  verb: string
  /** Empty for what is no resource, such as /version. */
  plural: string
  subresource: string
  namespace: string
  name: string
  user: string
}

export const matches = (match: Match, asked: Asked): boolean =>
  Object.entries(match).every(([field, wanted]) =>
    Object.entries(asked).some(([is, value]) => is === field && value === wanted),
  )

/** How often a fault was asked for, and how often it struck. */
export interface Tally {
  seen: number
  struck: number
}

/** Whether a fault strikes the request that has just been counted in `seen`. */
export function strikes(fault: Fault, { seen, struck }: Tally, random: () => number): boolean {
  const { probability = 1, nth, count = nth === undefined ? Number.POSITIVE_INFINITY : 1 } = fault
  if (seen < (nth ?? 1) || struck >= count) return false
  return probability >= 1 || random() < probability
}
