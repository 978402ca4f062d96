import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { toolNamePattern } from '../contract/limits.ts'

const denyListSchema = Type.Array(
  Type.Object(
    {
      tool: Type.String({ pattern: toolNamePattern }),
      issuedBefore: Type.Optional(Type.String()),
      reason: Type.String({ minLength: 1, maxLength: 1000, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' }),
    },
    { additionalProperties: false },
  ),
)
const schema = Compile(denyListSchema)

/** One entry of the list as it is written; `issuedBefore` in RFC 3339. */
export type DenyListEntry = Static<typeof denyListSchema>[number]

export interface Denial {
  /** Milliseconds since 1970: only certificates whose life began before are denied; absent, all of them. */
  issuedBefore: number | undefined
  reason: string
}

/** The tools that are shut out, each with all that is said against it. */
export type DenyList = ReadonlyMap<string, readonly Denial[]>

export const nobodyDenied: DenyList = new Map()

// RFC 3339 in full: Date.parse alone takes "2026" and "Nov 22" as well.
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

function millisecondsOf(text: string): number {
  const milliseconds = moment.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) throw new Error(`"issuedBefore" must be a time such as 2026-11-22T10:00:00Z`)
  return milliseconds
}

function entry({ issuedBefore, reason }: DenyListEntry): Denial {
  return { reason, issuedBefore: issuedBefore === undefined ? undefined : millisecondsOf(issuedBefore) }
}

/**
 * Reads a deny list: JSON, `[{tool, issuedBefore?, reason}]`, `issuedBefore` in RFC 3339.
 * @throws Error saying what is wrong; half a list is never returned.
 */
export function parseDenyList(json: string): DenyList {
  const value: unknown = JSON.parse(json)
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value)
    throw new Error(`The deny list is not right: ${first?.instancePath || 'it'} ${first?.message ?? 'is wrong'}`)
  }
  return new Map(
    [...Map.groupBy(value, ({ tool }) => tool)].map(([tool, entries]) => [tool, entries.map(entry)] as const),
  )
}

/** What is said against a tool's certificate whose life began at `notBefore` (milliseconds), if anything is. */
export const denialOf = (list: DenyList, tool: string, notBefore: number): Denial | undefined =>
  list.get(tool)?.find(({ issuedBefore }) => issuedBefore === undefined || notBefore < issuedBefore)
