/** For programs: nothing but the data, all of it. */
export const structuredFormats = ['json', 'yaml'] as const
export type StructuredFormat = (typeof structuredFormats)[number]

export const isStructured = (format: string): format is StructuredFormat => format === 'json' || format === 'yaml'

/** What JSON and YAML leave raw of control and direction marks. */
const raw = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g
const escaped = (text: string): string =>
  text.replace(raw, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** JSON that no terminal minds: what JSON leaves raw of control and direction marks is escaped as JSON allows. */
export const jsonText = (value: unknown, indent?: number): string => escaped(JSON.stringify(value, undefined, indent))

/**
 * YAML that no terminal minds and that readers of YAML 1.1 (today's client) take for the same, without a newline at its end:
 * what would be a number or a truth value there is quoted, and what can't be written plainly is escaped in quotes.
 */
export async function yamlText(value: unknown): Promise<string> {
  const { Document, visit } = await import('yaml')
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && needsQuotes(node.value)) node.type = 'QUOTE_DOUBLE'
    },
  })
  // By now each of these characters is within double quotes, where such an escape is read as what it stands for.
  return escaped(document.toString({ lineWidth: 0 }).trimEnd())
}

/**
 * Texts with characters that are to be escaped; with blanks at the end, since those of the last text would end the file; and `=`,
 * which YAML 1.1 takes for a mark of its own.
 */
const needsQuotes = (text: string): boolean =>
  text === '=' || /[\x00-\x09\x0b-\x1f]|\s$/.test(text) || text.search(raw) >= 0

/** The value as text without a newline at its end. */
export async function structured(format: StructuredFormat, value: unknown): Promise<string> {
  return format === 'json' ? jsonText(value, 2) : yamlText(value)
}
