/** What a client of PyPI has printed, in a form that a test can compare. */

/** Text without colours. */
export const unmarked = (text: string): string => text.replace(/\u001b\[[\d;]*m/g, '')

/** The lines of logging that clients up to 16.0.x print between their data. */
const logLine = /^(?:DEBUG|INFO|WARNING|ERROR)/

/** Standard output without what was logged there. */
export const dataOf = (stdout: string): string =>
  unmarked(stdout)
    .split('\n')
    .filter(line => !logLine.test(line))
    .join('\n')

const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map(cell => cell.trim())

const tableLines = (text: string): string[] => text.split('\n').filter(line => line.startsWith('|'))

/** The rows of a table with headings, by heading without its colon. */
export function rowsOf(text: string): Record<string, string>[] {
  const [headings = [], ...rows] = tableLines(text).map(cellsOf)
  return rows.map(cells => Object.fromEntries(headings.map((name, at) => [name.replace(/:$/, ''), cells[at] ?? ''])))
}

/** A table of one field a row, by name without its colon; a field of several lines is one text. */
export function fieldsOf(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  let current = ''
  for (const [name = '', value = ''] of tableLines(text).map(cellsOf)) {
    if (name !== '') current = name.replace(/:$/, '')
    fields[current] = [fields[current], value].filter(part => part !== undefined && part !== '').join(' ')
  }
  return fields
}
