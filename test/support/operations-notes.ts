import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const operationsNotes = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')

/** The YAML that the operations notes have operators use, each with its first line, which says what it is for. */
export const notedYaml: readonly { title: string; yaml: string }[] = [
  ...operationsNotes.matchAll(/```yaml\n([\s\S]*?)```/g),
].map(([, yaml = '']) => ({ title: yaml.split('\n')[0] ?? '', yaml }))
