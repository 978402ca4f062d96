import fc from 'fast-check'
import t from 'tap'
import { DirectoryError } from '../../../src/directory/directory.ts'
import { addTool, setDisabled } from '../../../src/directory/edit.ts'
import { parseDirectoryText } from '../../../src/directory/file-text.ts'

const add = (text: string, name = 'new') => addTool(text, { name })

t.test('a tool is added at the end of the list, in the way that it is written', async t => {
  const cases: [string, string][] = [
    ['tools: []\n', 'tools: [{ name: new }]\n'],
    ['tools: [ ] # none\n', 'tools: [{ name: new } ] # none\n'],
    ['tools: [{name: a}]\n', 'tools: [{name: a}, { name: new }]\n'],
    ['tools: [\n  {name: a}, # a\n]\n', 'tools: [\n  {name: a}, { name: new }, # a\n]\n'],
    ['{tools: [], administrators: []}\n', '{tools: [{ name: new }], administrators: []}\n'],
    ['tools:\n- name: a\n', 'tools:\n- name: a\n- name: new\n'],
    ['tools:\n  - name: a # a\n\n# end\n', 'tools:\n  - name: a # a\n  - name: new\n\n# end\n'],
    [
      'tools:\n    -   name: a\n        uid: 5001 # own\n\nadministrators: # us\n- name: p\n',
      'tools:\n    -   name: a\n        uid: 5001 # own\n    - name: new\n\nadministrators: # us\n- name: p\n',
    ],
    ['tools:\r\n- name: a\r\n# end\r\n', 'tools:\r\n- name: a\r\n- name: new\r\n# end\r\n'],
    [
      'tools:\n- name: a\n  disabled: >\n    not\n    now\n\n# x\n',
      'tools:\n- name: a\n  disabled: >\n    not\n    now\n- name: new\n\n# x\n',
    ],
    [
      'administrators: []\ntools:\n# first\n- {name: a}\n',
      'administrators: []\ntools:\n# first\n- {name: a}\n- name: new\n',
    ],
  ]
  for (const [text, expected] of cases) t.equal(add(text), expected, text)
})

t.test('a name that YAML takes for something else is quoted', async t => {
  for (const name of ['007', '1e3', 'null', 'true', '0x10']) {
    t.equal(add('tools: []\n', name), `tools: [{ name: "${name}" }]\n`)
    t.equal(add('tools:\n- name: a\n', name), `tools:\n- name: a\n- name: "${name}"\n`)
  }
  t.equal(add('tools: []\n', 'no'), 'tools: [{ name: no }]\n')
})

t.test('what is there, cannot be, or would share a name is refused, and so is a file that is wrong', async t => {
  t.throws(() => add('tools: [{name: new}]\n'), /there is a tool "new" already/)
  t.throws(() => add('tools: [{name: NEW}]\n'), /there is a tool "new" already/)
  t.throws(() => add('tools: []\nadministrators: [{name: new}]\n'), /the name of an administrator/)
  for (const name of ['', 'New', 'a_b', '-a', 'a'.repeat(54), 'a\nb'])
    t.throws(() => add('tools: []\n', name), /cannot be the name of a tool/, name)
  for (const text of ['', 'tools:\n', 'tools: [', '- a\n']) t.throws(() => add(text), DirectoryError)
})

t.test('whatever the file looks like, all of it stays, and one more tool is read', async t => {
  const comment = fc.constantFrom('', ' # c', '\n# c', '\n\n', '\n  # c\n')
  const block = fc
    .tuple(fc.constantFrom('', ' ', '    '), fc.array(comment, { minLength: 1, maxLength: 5 }))
    .map(([indent, comments]) => comments.map((after, at) => `${indent}- name: t${at}${after}\n`).join(''))
    .map(items => `tools:\n${items}`)
  const flow = fc
    .array(comment, { maxLength: 4 })
    .map(comments => `tools: [${comments.map((after, at) => `{ name: t${at} }${after}\n ,`).join('')} ]\n`)
  const rest = fc.constantFrom('', '# end\n', 'administrators:\n- name: p\n', '\nadministrators: [] # x\n')
  const end = fc.constantFrom('\n', '\r\n')
  fc.assert(
    fc.property(fc.oneof(block, flow), rest, end, (tools, after, lineEnd) => {
      const text = `# begin\n${tools}${after}`.replaceAll('\n', lineEnd)
      const added = add(text)
      const names = (all: string) => parseDirectoryText(all).found.tools.map(({ name }) => name)
      const at = [...text].findIndex((character, index) => added[index] !== character)
      const from = at === -1 ? text.length : at
      return (
        JSON.stringify(names(added)) === JSON.stringify([...names(text), 'new']) &&
        added.endsWith(text.slice(from)) &&
        added.startsWith(text.slice(0, from))
      )
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

t.test('a tool is shut off and let work again where it stands, in the way that it is written', async t => {
  const cases: [before: string, disabled: string | boolean, after: string][] = [
    ['tools: [{ name: a }]\n', true, 'tools: [{ name: a, disabled: true }]\n'],
    [
      'tools: [{name: a, uid: 5}, {name: b}] # x\n',
      'gone',
      'tools: [{name: a, uid: 5, disabled: "gone"}, {name: b}] # x\n',
    ],
    ['tools:\n- name: a # a\n\n# b\n- name: b\n', true, 'tools:\n- name: a # a\n  disabled: true\n\n# b\n- name: b\n'],
    [
      'tools:\r\n  -   name: a\r\n      uid: 5\r\n',
      true,
      'tools:\r\n  -   name: a\r\n      uid: 5\r\n      disabled: true\r\n',
    ],
    ['tools:\n-\n  name: a\n', true, 'tools:\n-\n  name: a\n  disabled: true\n'],
    ['tools:\n- disabled: true # x\n  name: a\n', false, 'tools:\n- disabled: false # x\n  name: a\n'],
    [
      'tools:\n- name: a\n  disabled: >\n    not\n    now\n\n# x\n',
      false,
      'tools:\n- name: a\n  disabled: false\n\n# x\n',
    ],
    [
      'tools: [{ name: a, disabled: "x" }]\n',
      'say "no": # why',
      'tools: [{ name: a, disabled: "say \\"no\\": # why" }]\n',
    ],
    ['tools: [{ name: a, disabled: false }]\n', true, 'tools: [{ name: a, disabled: true }]\n'],
  ]
  for (const [before, disabled, after] of cases) t.equal(setDisabled(before, { name: 'a', disabled }), after, before)
  const untouched = 'tools:\n- name: a\n'
  t.equal(setDisabled(untouched, { name: 'a', disabled: false }), untouched)
})

t.test('what cannot be shut off is said', async t => {
  t.throws(() => setDisabled('tools: []\n', { name: 'a', disabled: true }), /there is no tool "a"/)
  t.throws(() => setDisabled('tools: [{ name: a }]\n', { name: 'a', disabled: ' ' }), DirectoryError)
  t.throws(() => setDisabled('tools: [', { name: 'a', disabled: true }), DirectoryError)
})
