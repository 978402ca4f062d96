import { type Static, Type } from 'typebox'
import { choice, Exact, Moment, statusShorts } from './schemas.ts'

/** One thing that was looked at on the way to the cause. */
export const Finding = Exact({
  object: Type.String({ description: 'Such as pod/web-1, quota, image.' }),
  says: Type.String(),
  since: Type.Optional(Moment),
})
export type Finding = Static<typeof Finding>

export const Explanation = Exact({
  name: Type.String(),
  short: choice(statusShorts),
  summary: Type.String({ description: 'The first cause, in one sentence.' }),
  code: Type.String({ description: 'Of the cause, for programs, such as out_of_memory.' }),
  findings: Type.Array(Finding, { description: 'From the job to the first cause.' }),
  advice: Type.Array(Type.String(), { description: 'What to do.' }),
  commands: Type.Array(Type.String(), { description: 'That mend it, as they are typed.' }),
})
export type Explanation = Static<typeof Explanation>
