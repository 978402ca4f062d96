import { toolNamePattern } from '../contract/limits.ts'
import { printable } from '../platform/printable.ts'
import type { Subject } from './authority.ts'
import { type NameAttribute, oids } from './certificate-fields.ts'

/** The organisation of every tool's certificate, and of nobody else's. */
const toolOrganisation = 'toolforge'
/** Begins the common name of every person's certificate; no tool's name can hold a colon. */
export const personPrefix = 'person:'

/** The organisation of every administrator's certificate. */
const administratorOrganisation = 'toolforge-admins'

/** Somebody who gets a certificate: a tool, or a person who administers. */
export interface Holder {
  kind: 'tool' | 'person'
  name: string
}

/** The distinguished name of a tool's or a person's certificate. */
export const subjectOf = ({ kind, name }: Holder): Subject =>
  kind === 'tool'
    ? [{ O: [toolOrganisation] }, { CN: [name] }]
    : [{ O: [administratorOrganisation] }, { CN: [`${personPrefix}${name}`] }]

/** Whether two distinguished names say the same: signers may bring the parts of a name into another order. */
export function isSameName(one: readonly NameAttribute[], other: readonly NameAttribute[]): boolean {
  const sorted = (name: readonly NameAttribute[]) =>
    name.map(({ type, text }) => JSON.stringify([type, text])).toSorted()
  return sorted(one).join('\n') === sorted(other).join('\n')
}

const toolName = new RegExp(toolNamePattern)

/** The only attribute of a kind: undefined where there is none or another one besides. */
function only(subject: readonly NameAttribute[], type: string): NameAttribute | undefined {
  const [first, second] = subject.filter(attribute => attribute.type === type)
  return second === undefined ? first : undefined
}

const shownText = ({ text }: NameAttribute): string =>
  text === undefined ? 'not readable text' : `"${printable(text)}"`

/** The tool that a verified certificate's subject names, or why it names none. */
export function toolOf(subject: readonly NameAttribute[]): { tool: string } | { reason: string } {
  const name = only(subject, oids.commonName)
  if (name === undefined)
    return { reason: "The client certificate must have exactly one common name (CN): the tool's name." }
  if (name.text?.startsWith(personPrefix))
    return {
      reason: `The client certificate is the one of a person (${shownText(name)}), and jobs belong to tools. Use the tool's own certificate.`,
    }
  const organisation = only(subject, oids.organisation)
  if (organisation?.text !== toolOrganisation)
    return {
      reason: `The client certificate must have exactly one organisation (O), ${toolOrganisation}, and so is not a tool's.`,
    }
  if (name.text === undefined || !toolName.test(name.text))
    return {
      reason: `The client certificate's common name (CN) is ${shownText(name)}, which no tool can be called: a tool's name has 1 to 53 small letters, digits and hyphens.`,
    }
  return { tool: name.text }
}
