import t from 'tap'
import { expand } from '../../../../src/sandbox/pods/expand.ts'

t.test('variables are replaced as Kubernetes replaces them', async t => {
  const variables = { A: 'one', EMPTY: '', B: '$(A)' }
  const table: Record<string, string> = {
    '$(A)': 'one',
    'x$(A)y$(A)': 'xoney' + 'one',
    '$(EMPTY)': '',
    '$(B)': '$(A)',
    '$(NOPE)': '$(NOPE)',
    '$$(A)': '$(A)',
    '$$$(A)': '$one',
    $$: '$',
    $: '$',
    a$: 'a$',
    '$A ${A}': '$A ${A}',
    '$(A': '$(A',
    '$()': '$()',
    '$($(A))': '$($(A))',
    '$(toString)': '$(toString)',
  }
  for (const [text, expected] of Object.entries(table)) t.equal(expand(text, variables), expected, text)
})
