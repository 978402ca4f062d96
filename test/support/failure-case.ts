import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { parse } from 'yaml'
import { causeCodes } from '../../src/jobs/status-cause.ts'

const Exact = { additionalProperties: false }
const Body = Type.Record(Type.String(), Type.Unknown())

/** What is waited for: an item of a list of the namespace that has something, or that there is none. */
const Condition = Type.Object(
  { list: Type.String(), has: Type.Optional(Body), lacks: Type.Optional(Body), as: Type.Optional(Type.String()) },
  Exact,
)
export type Condition = Static<typeof Condition>

/** That the control plane refuses a pod that is sent there, and says why. */
const Refused = Type.Object({ refuses: Type.String(), because: Type.String() }, Exact)
export type Refused = Static<typeof Refused>

const Step = Type.Union([
  /** A line of shell on the machine, as the tool in its home. */
  Type.Object({ home: Type.String() }, Exact),
  /** As an administrator: an object of the namespace is changed, any request, an object that is removed afterwards. */
  Type.Object({ patch: Type.String(), with: Body }, Exact),
  Type.Object(
    { admin: Type.Object({ method: Type.String(), path: Type.String(), body: Type.Optional(Body) }, Exact) },
    Exact,
  ),
  Type.Object({ make: Type.String(), object: Body }, Exact),
  /** As the tool, to the jobs API below its own path; `job` is what changes of the case's job. */
  Type.Object(
    { api: Type.Object({ method: Type.String(), path: Type.String(), job: Type.Optional(Body) }, Exact) },
    Exact,
  ),
  Type.Object({ until: Type.Union([Condition, Refused]) }, Exact),
])
export type Step = Static<typeof Step>

const FailureCase = Type.Object(
  {
    injected: Type.String({ minLength: 1 }),
    /** The first cause, in words. */
    cause: Type.String({ minLength: 1 }),
    code: Type.Union(causeCodes.map(code => Type.Literal(code))),
    /** Nothing is wrong: the explanation need not say what to do. */
    calm: Type.Boolean({ default: false }),
    targets: Type.Array(Type.Union([Type.Literal('real'), Type.Literal('embedded')]), {
      default: ['real', 'embedded'],
    }),
    /** Takes a minute or more, so it begins first. */
    slow: Type.Boolean({ default: false }),
    before: Type.Array(Step, { default: [] }),
    job: Body,
    after: Type.Array(Step, { default: [] }),
    settled: Type.Array(Condition, { minItems: 1 }),
    /** What must be removed as soon as the case is over. */
    finally: Type.Array(Step, { default: [] }),
  },
  Exact,
)
export type FailureCase = Static<typeof FailureCase> & { name: string }

const schema = Compile(FailureCase)

/** The cases of a folder, one a file, by name. @throws Error for a file of another form. */
export function failureCases(folder: string): FailureCase[] {
  return globSync(`${folder}/*.yaml`)
    .sort()
    .map(file => {
      const filled = schema.Default(parse(readFileSync(file, 'utf8')))
      const [problem] = schema.Errors(filled)
      if (problem !== undefined || !schema.Check(filled))
        throw new Error(`${file}: ${problem?.instancePath} ${problem?.message}`)
      return { ...filled, name: basename(file, '.yaml') }
    })
}
