import { readFileSync } from 'node:fs'
import { namespaceOf, toolIn, toolNamePattern } from '../contract/limits.ts'
import { CliError, whyUnreadable } from './failure.ts'
import { type Fields, isFields, section, textOf } from './fields.ts'
import { pathFrom } from './settings.ts'
import { yamlFields } from './yaml.ts'

/** Who the caller is, as a kubeconfig says it. Certificates and key are PEM. */
export interface Identity {
  readonly tool: string
  readonly certificate: string
  readonly key: string
  /** Of the context's cluster; undefined where the kubeconfig has none. */
  readonly ca: string | undefined
}

interface Kubeconfig {
  readonly file: string
  readonly fields: Fields
  readonly home: string
}

/** The identity of a kubeconfig's current context. @throws CliError: what is wrong in which file, and what to do */
export async function readIdentity(file: string, home: string): Promise<Identity> {
  const kubeconfig = { file, home, fields: await yamlFields(read(file, 'kubeconfig'), file) }
  const name = textOf(kubeconfig.fields, 'current-context', file)
  if (name === undefined) throw new CliError(`${file}: has no current-context`)
  const context = entry(kubeconfig, 'context', name)
  const user = textOf(context, 'user', file)
  if (user === undefined) throw new CliError(`${file}: the context "${name}" names no user`)
  const cluster = textOf(context, 'cluster', file)
  return {
    tool: toolOf(context, name, file),
    ...credentials(kubeconfig, user),
    ca: cluster === undefined ? undefined : authority(kubeconfig, cluster),
  }
}

function read(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CliError(`${file} (${what}): ${whyUnreadable(error)}`, { cause: error })
  }
}

/** The one entry of `contexts`, `users` or `clusters` with this name. */
function entry({ file, fields }: Kubeconfig, kind: 'context' | 'user' | 'cluster', name: string): Fields {
  const list: unknown = fields[`${kind}s`]
  const found = Array.isArray(list) ? list.find(item => isFields(item) && item['name'] === name) : undefined
  if (!isFields(found)) throw new CliError(`${file}: has no ${kind} "${name}"`)
  return section(found, kind, `${file}: ${kind} "${name}"`)
}

function toolOf(context: Fields, name: string, file: string): string {
  const namespace = textOf(context, 'namespace', file)
  const problem = `${file}: the context "${name}"`
  if (namespace === undefined)
    throw new CliError(`${problem} has no namespace, so it is not of a tool (a tool's is ${namespaceOf('NAME')})`)
  const tool = toolIn(namespace)
  if (tool === undefined || !new RegExp(toolNamePattern).test(tool))
    throw new CliError(`${problem} is for the namespace "${namespace}", not for a tool's (${namespaceOf('NAME')})`)
  return tool
}

function credentials(kubeconfig: Kubeconfig, user: string): Pick<Identity, 'certificate' | 'key'> {
  const fields = entry(kubeconfig, 'user', user)
  const certificate = pem(kubeconfig, fields, 'client-certificate')
  const key = pem(kubeconfig, fields, 'client-key')
  if (certificate !== undefined && key !== undefined) return { certificate, key }
  const missing = certificate === undefined ? 'client-certificate' : 'client-key'
  throw new CliError(
    `${kubeconfig.file}: the user "${user}" has no ${missing}: the jobs service knows a tool by its certificate`,
  )
}

const authority = (kubeconfig: Kubeconfig, cluster: string): string | undefined =>
  pem(kubeconfig, entry(kubeconfig, 'cluster', cluster), 'certificate-authority')

type PemField = 'client-certificate' | 'client-key' | 'certificate-authority'

/** A path goes before data, as with the client of today; data is base64 or the PEM itself. */
function pem(kubeconfig: Kubeconfig, fields: Fields, name: PemField): string | undefined {
  const { file, home } = kubeconfig
  const path = textOf(fields, name, file)
  const data = textOf(fields, `${name}-data`, file)
  if (path !== undefined)
    return checked(read(pathFrom(file, path, home), name), `${pathFrom(file, path, home)} (${name})`)
  if (data === undefined) return undefined
  const text = data.trimStart().startsWith('-----BEGIN ') ? data : Buffer.from(data, 'base64').toString('latin1')
  return checked(text, `${file}: ${name}-data`)
}

function checked(text: string, where: string): string {
  if (text.includes('-----BEGIN ')) return text
  throw new CliError(`${where}: holds no PEM`)
}
