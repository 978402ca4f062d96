import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { homeState } from './home-state.ts'
import type { InspectTask } from './inspect-homes.ts'
import { type ProblemKind, problemKinds } from './problem.ts'
import type { ProvisionTask } from './provision-tasks.ts'
import type { Task } from './tasks.ts'

/** What a helper can be told to do. */
export type HelperTask = Task | ProvisionTask | InspectTask

const Whole = Type.Integer({ minimum: 0 })
const Exact = <P extends Parameters<typeof Type.Object>[0]>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

const Problem = Exact({
  problem: Exact({
    kind: Type.Unsafe<ProblemKind>({ type: 'string', enum: [...problemKinds] }),
    message: Type.String(),
  }),
})
const Home = Exact({ home: Type.Union([homeState, Type.Literal('unchanged')]) })

const HelperMessage = Type.Union([
  Exact({ ready: Type.Literal(true) }),
  Exact({ id: Whole, busy: Type.Unsafe<'disk' | 'text'>({ type: 'string', enum: ['disk', 'text'] }) }),
  Exact({
    id: Whole,
    credentials: Exact({
      uid: Whole,
      gid: Whole,
      certificate: Type.String(),
      key: Type.String(),
      notAfter: Type.Integer(),
      fingerprint: Type.String(),
    }),
  }),
  Exact({ id: Whole, log: Exact({ lines: Type.Array(Type.String()), offset: Whole, size: Whole }) }),
  Exact({ id: Whole, looks: Type.Array(Type.Union([Home, Problem]), { minItems: 1 }) }),
  Exact({ id: Whole, prepared: Exact({ request: Type.String(), publicKey: Type.String() }) }),
  Exact({ id: Whole, done: Type.Literal(true) }),
  Exact({ id: Whole, ...Problem.properties }),
  Exact({ id: Whole, crash: Type.String() }),
])

/**
 * What a helper says. Before each part of its work it tells whether it waits for the disk or works on a tenant's text: that
 * decides who is to blame when the deadline passes.
 */
export type HelperMessage = Static<typeof HelperMessage>

const check = Compile(HelperMessage)

/** A helper's message, or undefined when it is none. */
export const parseHelperMessage = (message: unknown): HelperMessage | undefined =>
  check.Check(message) ? message : undefined
