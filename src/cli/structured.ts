/** For programs: nothing but the data, all of it. */
export const structuredFormats = ['json', 'yaml'] as const
export type StructuredFormat = (typeof structuredFormats)[number]

export const isStructured = (format: string): format is StructuredFormat => format === 'json' || format === 'yaml'

/** JSON that no terminal minds: what JSON leaves raw of control and direction marks is escaped as JSON allows. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(
    /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The value as text without a newline at its end. */
export async function structured(format: StructuredFormat, value: unknown): Promise<string> {
  if (format === 'json') return jsonText(value, 2)
  const { stringify } = await import('yaml')
  return stringify(value, { lineWidth: 0 }).trimEnd()
}
