import type { Explanation } from '../contract/explain-schemas.ts'
import type { Output } from './output.ts'
import { statusPaintOf } from './style.ts'
import { type Cell, table } from './table.ts'
import { visible } from './text.ts'

/** Why a job is as it is, in one screen: the cause, how it was found, what to do and what to type. */
export function explanationLines(explanation: Explanation, { style, table: look }: Output): string[] {
  const { name, short, summary, findings, advice, commands } = explanation
  const paint = statusPaintOf(short, style)
  const section = (heading: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', style.bold(heading), ...lines]
  return [
    `Job ${visible(name)} is ${paint(short)}: ${visible(summary)}`,
    ...section('How it came', found(explanation, look)),
    ...section(
      'What to do',
      advice.map(text => `- ${visible(text)}`),
    ),
    ...section(
      findings.length === 0 && advice.length === 0 ? 'What to do' : 'For that type',
      commands.map(text => `  ${style.cyan(visible(text))}`),
    ),
  ]
}

function found({ findings }: Explanation, look: Output['table']): string[] {
  const dated = findings.some(({ since }) => since !== undefined)
  const rows = findings.map(({ object, says, since }): Cell[] => [object, says, ...(dated ? [since ?? ''] : [])])
  return rows.length === 0 ? [] : table(['Object', 'Says', ...(dated ? ['Since'] : [])], rows, look)
}
