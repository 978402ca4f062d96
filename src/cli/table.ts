import { visible, width } from './text.ts'

/** A cell: its text, and how it is coloured after it was measured. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string }

/** How a table is written: `paint` for headings, `room` columns of the terminal where it must fit. */
export interface TableStyle {
  readonly heading: (text: string) => string
  readonly room: number | undefined
}

const gap = '  '
const textOf = (cell: Cell): string => visible(typeof cell === 'string' ? cell : cell.text)
const paintOf = (cell: Cell) => (typeof cell === 'string' ? (text: string) => text : cell.paint)
const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)))

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(width))

/** Painted, and filled up with blanks that are not: a colour ends where its text ends. */
function lineOf(cells: readonly Cell[], widths: readonly number[]): string {
  const parts = cells.map((cell, column) => {
    const text = textOf(cell)
    return paintOf(cell)(text) + pad(text, widths[column] ?? 0).slice(text.length)
  })
  return parts.join(gap).trimEnd()
}

/**
 * Rows in aligned columns under their headings, a line each. Where that is wider than the terminal, each row becomes a
 * block of lines instead, a heading and its cell a line.
 */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[], style: TableStyle): string[] {
  const widths = headings.map((heading, column) => widest([heading, ...rows.map(row => textOf(row[column] ?? ''))]))
  const total = widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1)
  if (style.room !== undefined && total > style.room && headings.length > 2) {
    return rows.flatMap((row, index) => [...(index === 0 ? [] : ['']), ...details(headings, row, style)])
  }
  const head = headings.map(heading => ({ text: heading, paint: style.heading }))
  return [head, ...rows].map(row => lineOf(row, widths))
}

/** One row as lines of heading and cell. */
export function details(headings: readonly string[], row: readonly Cell[], style: TableStyle): string[] {
  const left = widest(headings) + 1
  return headings.map((heading, column) =>
    lineOf([{ text: `${heading}:`, paint: style.heading }, row[column] ?? ''], [left, 0]),
  )
}
