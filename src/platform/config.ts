import { readFileSync } from 'node:fs'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Default } from 'typebox/value'
import { parse } from 'yaml'
import { messageOf } from './message-of.ts'

/** What is wrong with a configuration, one sentence a line, each with the setting's path. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
  }
}

/** A section of a configuration: unknown keys are refused, an absent section takes its fields' defaults. */
export const Section = <P extends Record<string, TSchema>>(properties: P, description: string) =>
  Type.Object(properties, { additionalProperties: false, default: {}, description })

/** One value of a configuration. */
export interface Setting {
  readonly path: readonly string[]
  readonly schema: TSchema
}

const isObjectSchema = (schema: TSchema): schema is TObject => 'properties' in schema

/** The single settings of a schema, each with its path. */
export function settingsOf(schema: TSchema, path: readonly string[] = []): Setting[] {
  if (!isObjectSchema(schema)) return [{ path, schema }]
  return Object.entries(schema.properties).flatMap(([name, inner]) => settingsOf(inner, [...path, name]))
}

/** The environment variable of a setting: the one that its schema names. */
export const variableOf = (schema: TSchema): string | undefined => {
  const name: unknown = 'env' in schema ? schema.env : undefined
  return typeof name === 'string' ? name : undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    target[first] = value
    return
  }
  const inner = target[first]
  const section = isRecord(inner) ? inner : {}
  target[first] = section
  setAt(section, rest, value)
}

/** Strings are taken as they are; all else is read as YAML, so `8443`, `true` and `[a, b]` mean what they say. */
const fromVariable = (schema: TSchema, text: string): unknown =>
  'type' in schema && schema.type === 'string' ? text : parse(text)

/**
 * A configuration from its parts: the file's text, over it the environment's variables, below both the defaults.
 * @throws ConfigError naming every setting that is unknown, missing or wrong.
 */
export function parseConfig<S extends TObject>(
  schema: S,
  yaml: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Static<S> {
  const given: unknown = yaml.trim() === '' ? {} : parseYaml(yaml)
  if (!isRecord(given)) throw new ConfigError(['the file must hold settings by name, such as "port: 8443"'])
  for (const { path, schema: setting } of settingsOf(schema)) {
    const variable = variableOf(setting)
    const text = variable === undefined ? undefined : environment[variable]
    if (text !== undefined) setAt(given, path, fromVariable(setting, text))
  }
  const complete = Default(schema, given)
  const check = Compile(schema)
  if (check.Check(complete)) return complete
  const problems = check.Errors(complete).flatMap(error => explain(error))
  throw new ConfigError([...new Set(problems)])
}

function parseYaml(text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}

interface SchemaError {
  keyword: string
  instancePath: string
  message: string
  params: object
}

function explain({ keyword, instancePath, message, params }: SchemaError): string[] {
  const where = instancePath.slice(1).replaceAll('/', '.')
  if (keyword === 'boolean') return [`${where}: there is no such setting`]
  if (keyword === 'additionalProperties') return []
  if (keyword === 'required' && 'requiredProperties' in params && Array.isArray(params.requiredProperties)) {
    return params.requiredProperties.map(name => `${where === '' ? '' : `${where}.`}${name}: must be set`)
  }
  if (keyword === 'enum' && 'allowedValues' in params && Array.isArray(params.allowedValues)) {
    return [`${where}: must be one of ${params.allowedValues.join(', ')}`]
  }
  return [`${where}: ${message}`]
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}

/** Reads a service's one file and lays the environment over it. */
export function loadConfig<S extends TObject>(
  schema: S,
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Static<S> {
  try {
    return parseConfig(schema, file === undefined ? '' : textOf(file), environment)
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError([`${file ?? 'configuration'} is not right:`, error.message])
    throw error
  }
}
