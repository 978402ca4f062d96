import { CliError } from './failure.ts'
import { type Fields, isFields } from './fields.ts'

/** The mapping in a YAML file; an empty file is one without fields. @throws CliError naming `file` */
export async function yamlFields(text: string, file: string): Promise<Fields> {
  const value = await parsed(text, file)
  if (isFields(value ?? {})) return isFields(value) ? value : {}
  throw new CliError(`${file}: must hold settings by name`)
}

async function parsed(text: string, file: string): Promise<unknown> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text, { prettyErrors: true })
  const [problem] = document.errors
  if (problem !== undefined) throw new CliError(`${file}: is not YAML: ${problem.message.split('\n')[0]}`)
  return document.toJS({ maxAliasCount: 10 })
}
