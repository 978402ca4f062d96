import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { parse } from 'yaml'
import { toolNamePattern } from '../contract/limits.ts'
import { parseQuantity } from '../jobs/quantities.ts'

const Amount = Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Number({ minimum: 0 })])

const Override = Type.Object(
  {
    /** Any text that changes with the entry; it is written on the quota, so that people see which one holds. */
    version: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Number()])),
    cpu: Type.Optional(Amount),
    memory: Type.Optional(Amount),
    pods: Type.Optional(Amount),
    pod_cpu: Type.Optional(Amount),
    pod_memory: Type.Optional(Amount),
    jobs: Type.Optional(Amount),
    cronjobs: Type.Optional(Amount),
    deployments: Type.Optional(Amount),
    services: Type.Optional(Amount),
    configmaps: Type.Optional(Amount),
    secrets: Type.Optional(Amount),
  },
  { additionalProperties: false },
)

const schema = Compile(
  Type.Object(
    { tools: Type.Record(Type.String({ pattern: toolNamePattern }), Override, { additionalProperties: false }) },
    { additionalProperties: false },
  ),
)

type Given = Static<typeof Override>
type AmountName = Exclude<keyof Given, 'version'>

/** Which fields of quota (`hard`) and limits (`max` of a container) each amount sets. */
const fields: Readonly<Record<AmountName, { hard?: readonly string[]; max?: string }>> = {
  cpu: { hard: ['requests.cpu', 'limits.cpu'] },
  memory: { hard: ['requests.memory', 'limits.memory'] },
  pods: { hard: ['pods'] },
  pod_cpu: { max: 'cpu' },
  pod_memory: { max: 'memory' },
  jobs: { hard: ['count/jobs.batch'] },
  cronjobs: { hard: ['count/cronjobs.batch'] },
  deployments: { hard: ['count/deployments.apps'] },
  services: { hard: ['services'] },
  configmaps: { hard: ['configmaps'] },
  secrets: { hard: ['secrets'] },
}

/** What one tool has otherwise than the others. */
export interface Override {
  readonly version: string | undefined
  /** Of the quota's `hard`, and of the limits' `max`, by resource. */
  readonly hard: Readonly<Record<string, string>>
  readonly max: Readonly<Record<string, string>>
}

export type Overrides = ReadonlyMap<string, Override>

const isAmountName = (name: string): name is AmountName => name in fields

/** @throws Error naming the entry when it is no quantity, or would stop the tool */
function amountOf(where: string, value: string | number): string {
  const amount = String(value)
  const size = parseQuantity(amount)
  if (size === undefined) throw new Error(`${where}: "${amount}" is not a quantity`)
  if (size < 0n) throw new Error(`${where}: "${amount}" is less than nothing`)
  if (where.endsWith('.pods') && size === 0n)
    throw new Error(`${where}: must be at least 1; to shut a tool off, disable it in the directory`)
  return amount
}

function overrideOf(tool: string, { version, ...given }: Given): Override {
  const hard: Record<string, string> = {}
  const max: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!isAmountName(name)) continue
    const amount = amountOf(`tools.${tool}.${name}`, value)
    const { hard: resources = [], max: resource } = fields[name]
    for (const resource of resources) hard[resource] = amount
    if (resource !== undefined) max[resource] = amount
  }
  return { version: version === undefined ? undefined : String(version), hard, max }
}

/**
 * Reads the overrides: YAML, `tools: {NAME: {version, cpu, memory, pods, pod_cpu, pod_memory, jobs, cronjobs, deployments,
 * services, configmaps, secrets}}`. @throws Error naming the entry that is wrong; half a file is never taken
 */
export function parseOverrides(yaml: string): Overrides {
  const value: unknown = parse(yaml) ?? { tools: {} }
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value)
    throw new Error(
      `${first?.instancePath.slice(1).replaceAll('/', '.') || 'the file'}: ${first?.message ?? 'is wrong'}`,
    )
  }
  return new Map(Object.entries(value.tools).map(([tool, given]) => [tool, overrideOf(tool, given)]))
}
